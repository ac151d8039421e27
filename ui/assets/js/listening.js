// Sound out: answers read aloud as they are written, and "Listen" under an answer that is there already.
import { Player } from "./player.js";
import { readEvents } from "./events.js";

const player = new Player();
let heard = 0; // the turn whose sounds are played, and how many of them have been
let played = 0;
let button = null;
let reading = null;

export function watchListening() {
  document.addEventListener("coursemate:signal", ({ detail }) => playNew(JSON.parse(detail)));
  document.addEventListener("coursemate:emptied", quiet);
  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest("[data-listen]");
    if (pressed) pressed === button ? quiet() : listen(pressed);
    if (target.closest(".stop-button")) quiet();
  });
  player.addEventListener("idle", () => reading || release());
}

export function quiet() {
  const sounded = player.playing || reading !== null;
  reading?.abort();
  reading = null;
  player.stop();
  return sounded;
}

function playNew({ turn, sounds, stage }) {
  if (turn !== heard) {
    quiet();
    heard = turn;
    played = 0;
  }
  if (stage === "stopped" || stage === "failed") return void quiet();
  for (const address of sounds.slice(played)) player.add(address);
  played = Math.max(played, sounds.length);
}

async function listen(pressed) {
  quiet();
  button = pressed;
  button.setAttribute("aria-pressed", "true");
  const mine = (reading = new AbortController());
  try {
    const body = new URLSearchParams({ text: pressed.dataset.listen, language: pressed.dataset.language });
    const response = await fetch("api/read-aloud", { method: "POST", body, signal: mine.signal });
    let last = Promise.resolve();
    for await (const { name, value } of readEvents(response)) {
      if (name === "spoke") last = player.add(value.sound);
      if (name === "error") document.dispatchEvent(new CustomEvent("coursemate:trouble", { detail: value.message }));
    }
    await last;
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  } finally {
    if (reading === mine) reading = null;
    if (!player.playing && !reading) release();
  }
}

function release() {
  button?.setAttribute("aria-pressed", "false");
  button = null;
}
