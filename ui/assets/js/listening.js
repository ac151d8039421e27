// Sound out: answers read aloud as they are written, and "Listen" under an answer that is there already. The sentence
// that sounds is marked; when the student breaks in, so is the rest that was not spoken.
import { Player } from "./player.js";
import { readEvents } from "./events.js";
import { markSpeaking, markUnspoken, unmark, unmarkSpeaking, watchSpoken } from "./spoken.js";
import { say } from "./told.js";

const player = new Player();
const speeds = [0.75, 1, 1.25, 1.5, 2];
const remembered = "coursemate_speed";
const newest = () => document.querySelector("#cm-turn .cm-text");
let heard = 0; // the turn whose sounds are played, and how many of them have been
let played = 0;
let muted = 0; // the turn that the student broke into: what of it comes later is not played
let part = newest; // where the words are that sound
let button = null;
let reading = null;

export function watchListening() {
  document.addEventListener("coursemate:opened", () => {
    watchSpoken(document.getElementById("cm-turn"));
    prepareSpeed();
  });
  document.addEventListener("coursemate:signal", ({ detail }) => playNew(JSON.parse(detail)));
  document.addEventListener("coursemate:emptied", quiet);
  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest("[data-listen]");
    if (pressed) pressed === button ? hush() : listen(pressed);
    const wanted = target.closest("[data-save-sound]");
    if (wanted) save(wanted);
    if (target.closest(".stop-button")) hush();
  });
  player.addEventListener("sentence", ({ detail }) => markSpeaking(part, detail));
  player.addEventListener("idle", () => reading || release());
}

// Told whenever the voice begins or ends.
export function onVoice(tell) {
  for (const name of ["playing", "idle"]) player.addEventListener(name, tell);
}

export function sounding() {
  return player.playing || reading !== null;
}

// The student breaks in: silence at once, and the rest of the answer is marked as not spoken.
export function hush() {
  const now = player.now;
  const sounded = quiet();
  muted = heard;
  if (sounded && now) markUnspoken(part, now.said, now.share);
  return sounded;
}

export function quiet() {
  const sounded = sounding();
  reading?.abort();
  reading = null;
  player.stop();
  return sounded;
}

function playNew({ turn, sounds, sentences, stage }) {
  if (turn !== heard) {
    quiet();
    unmark();
    heard = turn;
    played = 0;
    part = newest;
  }
  if (stage === "stopped" || stage === "failed") return void hush();
  if (turn === muted) return;
  for (let n = played; n < sounds.length; n++) player.add(sounds[n], sentences[n]);
  played = Math.max(played, sounds.length);
}

async function listen(pressed) {
  quiet();
  unmark();
  button = pressed;
  part = pressed.closest(".cm-turn").querySelector(".cm-text");
  button.setAttribute("aria-pressed", "true");
  const mine = (reading = new AbortController());
  try {
    const response = await fetch("api/read-aloud", { method: "POST", body: textOf(pressed, "listen"), signal: mine.signal });
    let last = Promise.resolve();
    for await (const { name, value } of readEvents(response)) {
      if (name === "spoke") last = player.add(value.sound, value.sentence);
      if (name === "error") document.dispatchEvent(new CustomEvent("coursemate:trouble", { detail: value.message }));
    }
    await last;
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  } finally {
    if (reading === mine) reading = null;
    if (!mine.signal.aborted && !player.playing) release();
  }
}

function release() {
  button?.setAttribute("aria-pressed", "false");
  button = null;
  unmarkSpeaking();
}

function textOf(pressed, name) {
  return new URLSearchParams({ text: pressed.dataset[name], language: pressed.dataset.language });
}

async function save(pressed) {
  pressed.disabled = true;
  try {
    const response = await fetch("api/read-aloud/file", { method: "POST", body: textOf(pressed, "saveSound") });
    if (!response.ok) throw new Error((await response.json()).message);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await response.blob());
    link.download = "answer.wav";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    const detail = error instanceof TypeError ? say("lost") : error.message;
    document.dispatchEvent(new CustomEvent("coursemate:trouble", { detail }));
  } finally {
    pressed.disabled = false;
  }
}

// Beside "Read answers aloud", and of use only with it.
function prepareSpeed() {
  const foot = document.getElementById("cm-foot");
  if (!foot || document.getElementById("cm-speed")) return;
  const kept = Number(localStorage.getItem(remembered));
  player.speed = speeds.includes(kept) ? kept : 1;
  const label = document.createElement("label");
  label.id = "cm-speed";
  label.append(say("speed"), " ");
  const choice = label.appendChild(document.createElement("select"));
  for (const speed of speeds) choice.add(new Option(`${speed} ×`, speed, false, speed === player.speed));
  choice.addEventListener("change", () => {
    player.speed = Number(choice.value);
    localStorage.setItem(remembered, choice.value);
  });
  foot.querySelector("#cm-speak").after(label);
}
