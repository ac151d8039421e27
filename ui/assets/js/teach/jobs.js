// What the server is reading, told by the server: the same in every tab, and after leaving and coming back.
import { icons, say } from "../told.js";
import { sentFromHere } from "./drops.js";
import { refreshLists } from "./lists.js";
import { sure } from "./question.js";
import { ask, noTrouble, ofCourse, part, tell, trouble } from "./server.js";
import { duration, left } from "./times.js";

const mostRows = 200;
const told = new Map(); // job and file -> the status that was said last
let jobs = [];
let documents = null;
let lost = false;

export function watchJobs() {
  const events = new EventSource(ofCourse("/events"));
  events.addEventListener("open", () => lost && ((lost = false), noTrouble()));
  events.addEventListener("jobs", ({ data }) => takeAll(JSON.parse(data)));
  events.addEventListener("step", ({ data }) => takeSteps(JSON.parse(data)));
  events.addEventListener("prepared", ({ data }) => {
    document.getElementById("ct-prepared").textContent = JSON.parse(data).text;
  });
  events.addEventListener("error", () => {
    lost = true;
    trouble(new Error(say("lost")));
  });
  addEventListener("pagehide", () => events.close());
}

function takeAll(now) {
  const first = documents === null;
  jobs = now.jobs.filter(({ id, status }) => !(status === "arriving" && sentFromHere.has(id)));
  for (const job of jobs) announce(job, first);
  draw();
  if (!first && now.documents !== documents) refreshLists();
  documents = now.documents;
}

function takeSteps({ jobs: steps }) {
  for (const step of steps) {
    const job = jobs.find(({ id }) => id === step.id);
    if (!job) continue;
    Object.assign(job, { status: step.status, left_s: step.left_s });
    const file = job.files.find(({ path }) => path === step.current?.path);
    if (file) Object.assign(file, step.current);
    else if (step.current) job.files.push({ size: 0, ...step.current });
    drawHead(job);
    if (step.current) drawFile(job, file ?? job.files.at(-1));
  }
}

// Said aloud: what became of each file, and of all of them; not every percent.
function announce(job, quietly) {
  for (const file of job.files) {
    const key = `${job.id} ${file.path}`;
    const is = ["added", "replaced", "failed", "unchanged"].includes(file.status) ? file.status : "";
    if (is && told.get(key) !== is && !quietly) tell(say("teach_announce_file", { name: file.path, status: file.error ?? statusOf(file) }));
    told.set(key, is);
  }
  if (over(job) && told.get(job.id) !== job.status) {
    if (!quietly) tell(headOf(job));
    told.set(job.id, job.status);
  }
}

function draw() {
  const place = document.getElementById("ct-jobs");
  const shown = new Set(jobs.map(({ id }) => `job-${id}`));
  for (const panel of [...place.children]) if (!shown.has(panel.id)) panel.remove();
  for (const job of jobs) {
    if (!document.getElementById(`job-${job.id}`)) place.append(makePanel(job));
    drawHead(job);
    drawFiles(job);
  }
}

function makePanel(job) {
  const panel = part("section", "ct-panel");
  panel.id = `job-${job.id}`;
  const head = part("div", "ct-panel-head");
  const button = part("button", "ct-button");
  button.addEventListener("click", () => end(job.id));
  head.append(part("h2"), button);
  const files = part("details");
  files.open = !over(job);
  files.append(part("summary", "", say("teach_details")), part("ul", "ct-rows"));
  panel.append(head, part("p", "ct-soft"), files);
  return panel;
}

const ended = new Set(["done", "stopped", "failed"]);
const over = (job) => ended.has(job.status);
const count = (job, ...kinds) => job.files.filter(({ status }) => kinds.includes(status)).length;

function headOf(job) {
  const added = count(job, "added", "replaced");
  if (job.status === "done") return say("teach_done", { added, unchanged: count(job, "unchanged"), failed: count(job, "failed") });
  if (job.status === "stopped") return say("teach_stopped", { added });
  if (job.status === "failed") return say("teach_failed");
  if (job.status === "stopping") return say("teach_stopping");
  const n = job.files.length;
  if (job.status === "arriving") return say("teach_arriving", { n });
  if (job.status === "queued") return say("teach_queued", { n });
  if (job.status === "loading") return say("teach_engines", { n });
  return say("teach_running", { n, done: n - count(job, "waiting", "reading", "embedding") });
}

function drawHead(job) {
  const panel = document.getElementById(`job-${job.id}`);
  if (!panel) return;
  if (over(job) && !ended.has(panel.dataset.status)) panel.querySelector("details").open = false; // the list below says more
  panel.dataset.status = job.status;
  set(panel.querySelector("h2"), headOf(job));
  const line = panel.querySelector("p");
  set(line, lineOf(job));
  line.hidden = !line.textContent;
  const button = panel.querySelector("button");
  set(button, say(over(job) ? "teach_dismiss" : "teach_stop"));
  button.disabled = job.status === "stopping";
}

function lineOf(job) {
  if (job.error) return job.error;
  if (over(job)) return job.seconds ? say("teach_took", { time: duration(job.seconds) }) : "";
  return job.status === "running" ? left(job.left_s) : "";
}

// What is being read and what was refused come first, then the rest as it will be read.
function drawFiles(job) {
  const list = document.querySelector(`#job-${job.id} ul`);
  const rank = ({ status }) => ["reading", "embedding", "failed"].indexOf(status) + 1 || 9;
  const files = over(job) ? [...job.files].sort((a, b) => rank(a) - rank(b)) : job.files;
  const shown = files.slice(0, mostRows);
  const rows = new Map([...list.children].map((row) => [row.dataset.path, row]));
  const current = shown.map((file) => rows.get(file.path) ?? makeRow(file.path));
  list.replaceChildren(...current);
  for (const file of shown) drawFile(job, file);
  if (files.length > mostRows) list.append(part("li", "ct-soft", say("teach_more", { n: files.length - mostRows })));
}

function makeRow(path) {
  const row = part("li");
  row.dataset.path = path;
  const mark = part("span", "ct-state");
  mark.setAttribute("aria-hidden", "true");
  row.append(mark, part("span", "ct-name", path), part("span", "ct-status"));
  return row;
}

function drawFile(job, file) {
  const row = [...document.querySelectorAll(`#job-${job.id} li[data-path]`)].find((one) => one.dataset.path === file.path);
  if (!row) return void (job.files.length <= mostRows && drawFiles(job));
  if (row.dataset.status !== file.status) {
    row.dataset.status = file.status;
    const marks = { added: "done", replaced: "done", unchanged: "done", taken: "done", failed: "attention" };
    row.querySelector(".ct-state").innerHTML = marks[file.status] ? icons[marks[file.status]] : "";
  }
  set(row.querySelector(".ct-status"), statusOf(file));
  bar(row, file);
}

function bar(row, file) {
  const moving = file.status === "reading" || file.status === "embedding";
  let shown = row.querySelector("progress");
  if (!moving) return void shown?.remove();
  if (!shown) {
    shown = part("progress");
    shown.max = 1;
    shown.setAttribute("aria-label", say("teach_progress", { name: file.path }));
    row.append(shown);
  }
  shown.value = file.share;
}

function statusOf(file) {
  const details = { percent: Math.round((file.share ?? 0) * 100), chunks: file.chunks, seconds: (file.seconds ?? 0).toFixed(1) };
  return say(`teach_is_${file.status}`, details);
}

async function end(id) {
  const job = jobs.find((one) => one.id === id);
  if (!job) return;
  const asks = { title: say("teach_stop_title"), text: say("teach_stop_text"), yes: say("teach_stop_yes") };
  if (!over(job) && !(await sure(asks))) return;
  try {
    await ask("DELETE", ofCourse(`/drops/${id}`));
    if (over(job)) document.getElementById("ct-main").focus({ preventScroll: true }); // the button is gone
  } catch (error) {
    trouble(error);
  }
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
