// A spoken question: one press begins, the next one sends, Esc throws away. The level shows that something is heard.
import { icons, say } from "./told.js";

let recording = null; // {recorder, stream, context, keep}

export function prepareRecorder(box) {
  const row = box.querySelector(".input-row");
  if (!row || row.querySelector("#cm-microphone")) return;
  const button = document.createElement("button");
  button.id = "cm-microphone";
  button.innerHTML = icons.microphone;
  name(button, false);
  button.addEventListener("click", () => (recording ? finish(true) : begin(box)));
  row.querySelector(".textarea-wrapper").after(panel(), button);
}

export function cancelRecording() {
  if (!recording) return false;
  finish(false);
  return true;
}

function panel() {
  const part = document.createElement("div");
  part.id = "cm-listening";
  part.hidden = true;
  part.innerHTML = `<span class="cm-pulse"></span><span>${say("listening")}</span><span id="cm-level"><span></span></span><time>0:00</time>`;
  const discard = document.createElement("button");
  discard.innerHTML = icons.close;
  discard.title = say("discard");
  discard.setAttribute("aria-label", say("discard"));
  discard.addEventListener("click", cancelRecording);
  part.prepend(discard);
  return part;
}

async function begin(box) {
  if (!navigator.mediaDevices || !window.MediaRecorder) return trouble("microphone_unavailable");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    return trouble(error.name === "NotFoundError" ? "microphone_missing" : "microphone_denied");
  }
  const recorder = new MediaRecorder(stream);
  const pieces = [];
  recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
  recorder.addEventListener("stop", () => stopped(box, pieces, recorder.mimeType));
  recording = { recorder, stream, context: new AudioContext(), keep: false };
  recorder.start();
  draw(box, true);
  measure(stream, recording.context);
}

function finish(keep) {
  recording.keep = keep;
  recording.recorder.stop();
}

function stopped(box, pieces, type) {
  const { keep, stream, context } = recording;
  recording = null;
  for (const track of stream.getTracks()) track.stop();
  context.close();
  draw(box, false);
  if (keep) send(box, new Blob(pieces, { type }));
}

function draw(box, on) {
  const button = box.querySelector("#cm-microphone");
  button.setAttribute("aria-pressed", String(on));
  button.innerHTML = on ? icons.send : icons.microphone;
  name(button, on);
  box.querySelector("#cm-listening").hidden = !on;
  box.classList.toggle("is-recording", on);
  button.focus();
}

function name(button, on) {
  button.setAttribute("aria-label", say(on ? "send_recording" : "speak"));
  button.title = button.getAttribute("aria-label");
}

function measure(stream, context) {
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const began = performance.now();
  const tick = () => {
    if (recording?.context !== context) return;
    analyser.getFloatTimeDomainData(samples);
    const loudness = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    const seconds = Math.floor((performance.now() - began) / 1000);
    document.querySelector("#cm-level span").style.transform = `scaleX(${Math.min(1, loudness * 6)})`;
    document.querySelector("#cm-listening time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    requestAnimationFrame(tick);
  };
  tick();
}

// The recording goes the way of every file in the box: Gradio uploads it, then the question is sent.
async function send(box, blob) {
  const ending = blob.type.includes("mp4") ? "m4a" : blob.type.includes("ogg") ? "ogg" : "webm";
  const files = new DataTransfer();
  files.items.add(new File([blob], `question.${ending}`, { type: blob.type.split(";")[0] }));
  const before = box.querySelectorAll(".thumbnail-item").length;
  const input = box.querySelector("input[type=file]");
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  if (await uploaded(box, before)) box.querySelector(".submit-button")?.click();
  else trouble("lost");
}

function uploaded(box, before) {
  const there = () => box.querySelectorAll(".thumbnail-item").length > before && !box.querySelector(".loader");
  return new Promise((resolve) => {
    const give = setTimeout(() => resolve(false), 30_000);
    const look = setInterval(() => {
      if (!there()) return;
      clearTimeout(give);
      clearInterval(look);
      resolve(true);
    }, 50);
  });
}

function trouble(key) {
  document.dispatchEvent(new CustomEvent("coursemate:trouble", { detail: say(key) }));
}
