// Speaking with the course. One press of the microphone: the question sends itself when the student has ended, or with
// the next press; held down, when it is let go. Hands-free: the microphone stays open, and speaking silences the answer.
import { Ear } from "./ear.js";
import { hush, onVoice, sounding } from "./listening.js";
import { canStream } from "./microphone.js";
import { record, sendRecording } from "./recorder.js";
import { icons, say } from "./told.js";
import { hidePanel, preparePanel, showState, showWords } from "./voice_panel.js";

const held = 400; // ms; a longer press is push-to-talk
const box = () => document.getElementById("cm-box");
let mode = ""; // "", "once", "free", "file"
let ear = null;
let recording = null;
let speaking = false; // the student
let asked = false; // a question is being answered
let pressedAt = 0;

export function watchVoice() {
  document.addEventListener("coursemate:opened", prepareHandsFree);
  document.addEventListener("coursemate:emptied", () => mode === "free" && follow({ stage: "stopped" }));
  document.addEventListener("coursemate:signal", ({ detail }) => follow(JSON.parse(detail)));
  document.addEventListener("pointerup", letGo);
  onVoice(() => redraw());
}

export function prepareVoice() {
  const row = box().querySelector(".input-row");
  if (!row || row.querySelector("#cm-microphone")) return;
  const button = document.createElement("button");
  button.id = "cm-microphone";
  button.addEventListener("pointerdown", ({ button: which }) => which === 0 && !mode && press());
  button.addEventListener("click", () => (pressedAt ? (pressedAt = 0) : mode ? finish() : begin("once")));
  row.querySelector(".textarea-wrapper").after(button);
  preparePanel(row, cancelVoice);
  draw();
  if (mode) redraw();
}

// Whether there was something to throw away.
export function cancelVoice() {
  if (!mode) return false;
  close();
  return true;
}

function prepareHandsFree() {
  const foot = document.getElementById("cm-foot");
  if (!canStream() || !foot || document.getElementById("cm-hands-free")) return;
  const button = document.createElement("button");
  button.id = "cm-hands-free";
  button.innerHTML = `${icons.microphone}<span>${say("hands_free")}</span>`;
  button.title = say("hands_free_about");
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => (mode === "free" ? close() : begin("free")));
  foot.append(button);
}

function press() {
  pressedAt = performance.now();
  begin("once");
  setTimeout(() => pressedAt && ear?.hold(), held);
}

function letGo() {
  if (!pressedAt) return;
  setTimeout(() => (pressedAt = 0), 50); // after the click that comes with it, if one does
  if (performance.now() - pressedAt >= held) ear || recording ? finish() : cancelVoice();
}

async function begin(wanted) {
  if (mode) close();
  mode = wanted;
  if (wanted === "free") readAloud();
  draw();
  showState(box(), "opening", () => 0);
  try {
    if (!canStream()) throw new Error("lost");
    const opened = await Ear.open(course());
    if (mode !== wanted) return opened.close(); // cancelled while the browser asked for the microphone
    attach(opened);
  } catch (error) {
    if (mode !== wanted) return;
    if (error.message === "lost" && wanted === "once") return recordInstead();
    close();
    trouble(error.words ?? say(error.message === "lost" ? "listening_lost" : error.message));
  }
  redraw();
}

function attach(opened) {
  ear = opened;
  ear.addEventListener("began", () => {
    speaking = true;
    if (mode === "free") hush();
    showWords("");
    redraw();
  });
  ear.addEventListener("partial", ({ detail }) => {
    showWords(detail.text);
    document.dispatchEvent(new CustomEvent("coursemate:partial", { detail: detail.text }));
  });
  ear.addEventListener("final", ({ detail }) => heard(detail.text));
  ear.addEventListener("nothing", () => {
    speaking = false;
    if (mode === "free") return redraw();
    close();
    trouble(say("nothing_heard"));
  });
  ear.addEventListener("trouble", ({ detail }) => {
    keep(ear.text);
    close();
    trouble(detail.words ?? say(detail.key));
  });
  if (pressedAt && performance.now() - pressedAt >= held) ear.hold();
}

function heard(text) {
  speaking = false;
  if (mode === "once") close();
  else {
    asked = true;
    showWords(text);
    redraw();
  }
  send(text);
}

async function recordInstead() {
  mode = "file";
  try {
    const begun = await record();
    if (mode !== "file") return void begun.stop();
    recording = begun;
    redraw();
  } catch (error) {
    close();
    trouble(say(error.message));
  }
}

async function finish() {
  if (mode === "file" && recording) {
    const ended = recording;
    recording = null;
    close();
    if (!(await sendRecording(box(), await ended.stop()))) trouble(say("lost"));
  } else if (mode === "free") close();
  else if (ear) {
    ear.finish();
    showState(box(), "thinking");
  } else close();
}

function close() {
  if (mode === "free") hush();
  mode = "";
  ear?.close();
  recording?.stop();
  ear = recording = null;
  speaking = asked = false;
  if (!box().querySelector("#cm-listening")) return;
  hidePanel(box());
  draw();
  const focused = document.activeElement;
  if (focused === document.body || box().contains(focused)) box().querySelector("#cm-microphone").focus();
}

// What a turn tells of itself; Gradio may leave out what was told in between.
function follow({ stage }) {
  asked = !["done", "stopped", "failed"].includes(stage);
  if (mode === "free") redraw();
}

function redraw() {
  if (!mode || (!ear && !recording)) return;
  const answering = mode === "free" && !speaking;
  const state = answering && sounding() ? "speaking" : answering && asked ? "thinking" : "listening";
  const heardBy = ear ?? recording;
  if (state === "listening" && !speaking) showWords("");
  showState(box(), state, () => heardBy.level());
  draw();
}

function draw() {
  const button = box().querySelector("#cm-microphone");
  const on = Boolean(mode);
  const key = mode === "free" ? "stop_hands_free" : on ? "send_recording" : "speak";
  box().classList.toggle("is-hands-free", mode === "free");
  button.setAttribute("aria-pressed", String(on));
  button.innerHTML = mode === "free" ? icons.close : on ? icons.send : icons.microphone;
  button.setAttribute("aria-label", say(key));
  button.title = say(key);
  document.getElementById("cm-hands-free")?.setAttribute("aria-pressed", String(mode === "free"));
}

// The words go where typed ones go; an answer that is still being written is stopped for them.
async function send(text) {
  keep(text);
  const stop = box().querySelector(".stop-button");
  stop?.click();
  for (let wait = 0; wait < 60 && !box().querySelector(".submit-button"); wait++) await pause(50);
  await new Promise(requestAnimationFrame); // Gradio takes the words over first
  box().querySelector(".submit-button")?.click();
}

function keep(text) {
  if (!text) return;
  const area = box().querySelector("textarea");
  area.value = [area.value.trim(), text].filter(Boolean).join(" ");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function readAloud() {
  const speak = document.querySelector("#cm-speak input");
  if (speak && !speak.checked) speak.click();
}

function course() {
  return document.querySelector("[data-course]")?.dataset.course ?? "";
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function trouble(words) {
  document.dispatchEvent(new CustomEvent("coursemate:trouble", { detail: words }));
}
