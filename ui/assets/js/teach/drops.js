// Files on their way to the server: dropped or chosen, sent one after the other from the disk, never held in memory.
import { say } from "../told.js";
import { fromDrop, fromInput } from "./files.js";
import { ask, noTrouble, ofCourse, part, tell, trouble } from "./server.js";
import { bytes, left } from "./times.js";

const leastMs = 1500; // of sending, before its speed says how long it will take
export const sentFromHere = new Set(); // drops whose upload this tab shows by itself
let sending = 0;
let replaces = "";

export function watchDrops() {
  const place = document.getElementById("ct-drop");
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault(); // beside the place too, or the browser would leave the page for the file
      place.classList.toggle("is-over", kind === "dragover" || kind === "dragenter");
    });
  }
  document.addEventListener("drop", async ({ dataTransfer }) => send(await fromDrop(dataTransfer)));
  document.addEventListener("click", ({ target }) => {
    const chooser = target.closest("[data-choose]");
    if (chooser) document.getElementById(chooser.dataset.choose).click();
  });
  for (const id of ["ct-files", "ct-folder", "ct-replace"]) {
    document.getElementById(id).addEventListener("change", ({ target }) => {
      const files = fromInput(target);
      target.value = "";
      send(files, id === "ct-replace" ? replaces : "");
    });
  }
  addEventListener("beforeunload", (event) => sending && event.preventDefault());
}

export function replace(document_) {
  replaces = document_;
  document.getElementById("ct-replace").click();
}

async function send(files, replaced = "") {
  noTrouble();
  if (!files.length) return trouble(new Error(say("teach_nothing")));
  sending += 1;
  const refused = [];
  let drop = null;
  const upload = new Upload(files);
  try {
    drop = (await (await ask("POST", ofCourse("/drops"), { replaces: replaced })).json()).id;
    sentFromHere.add(drop);
    upload.show(() => upload.request?.abort());
    for (const { file, path } of files) {
      upload.next();
      const error = await upload.put(ofCourse(`/drops/${drop}/file`, { path }), file);
      if (upload.cancelled) break;
      if (error) refused.push({ path, error });
    }
    if (upload.cancelled || refused.length === files.length) await ask("DELETE", ofCourse(`/drops/${drop}`));
    else await ask("POST", ofCourse(`/drops/${drop}/start`), {});
  } catch (error) {
    trouble(error);
    if (drop) ask("DELETE", ofCourse(`/drops/${drop}`)).catch(() => {});
  } finally {
    sending -= 1;
    upload.hide();
    if (refused.length) showRefused(refused);
  }
}

class Upload {
  constructor(files) {
    this.total = files.length;
    this.size = files.reduce((sum, { file }) => sum + file.size, 0);
    this.number = 0;
    this.sent = 0;
    this.cancelled = false;
    this.began = performance.now();
  }

  show(abort) {
    this.panel = part("section", "ct-panel is-upload");
    const head = part("div", "ct-panel-head");
    this.title = part("h2");
    const cancel = part("button", "ct-button", say("teach_cancel"));
    cancel.addEventListener("click", () => {
      this.cancelled = true;
      abort();
    });
    head.append(this.title, cancel);
    this.bar = part("progress");
    this.bar.max = 1;
    this.bar.setAttribute("aria-label", say("teach_upload_progress"));
    this.line = part("p", "ct-soft");
    this.panel.append(head, this.bar, this.line, part("p", "ct-soft", say("teach_stay")));
    document.getElementById("ct-uploads").append(this.panel);
    tell(say("teach_uploading", { n: 1, total: this.total }));
  }

  hide() {
    this.panel?.remove();
  }

  next() {
    this.number += 1;
    this.title.textContent = say("teach_uploading", { n: this.number, total: this.total });
    this.draw(0);
  }

  draw(loaded) {
    const done = this.sent + loaded;
    this.bar.value = this.size ? done / this.size : 1;
    const took = performance.now() - this.began;
    const known = took > leastMs && done > 0 ? ((this.size - done) * took) / done / 1000 : null;
    const amount = say("teach_uploaded_of", { done: bytes(done), all: bytes(this.size) });
    this.line.textContent = known === null ? amount : `${amount} · ${left(known)}`;
  }

  // XMLHttpRequest, because fetch does not tell how much was sent. Gives the sentence of a refusal, or nothing.
  put(address, file) {
    return new Promise((done, fail) => {
      const request = (this.request = new XMLHttpRequest());
      request.open("PUT", address);
      request.setRequestHeader("content-type", "application/octet-stream");
      request.responseType = "json";
      request.upload.onprogress = ({ loaded }) => this.draw(Math.min(loaded, file.size));
      request.onload = () => {
        this.sent += file.size;
        done(request.status < 300 ? null : request.response?.message ?? say("teach_connection"));
      };
      request.onabort = () => done(null);
      request.onerror = () => fail(new Error(say("teach_connection")));
      request.send(file);
    });
  }
}

function showRefused(refused) {
  const panel = part("section", "ct-panel ct-refused");
  const head = part("div", "ct-panel-head");
  const dismiss = part("button", "ct-small", say("teach_dismiss"));
  dismiss.addEventListener("click", () => panel.remove());
  head.append(part("h2", "", say("teach_refused_uploads", { n: refused.length })), dismiss);
  const list = part("ul");
  for (const { path, error } of refused) {
    const item = part("li");
    item.append(part("b", "", path), part("p", "", error));
    list.append(item);
    tell(`${path}: ${error}`);
  }
  panel.append(head, list);
  document.getElementById("ct-uploads").append(panel);
}
