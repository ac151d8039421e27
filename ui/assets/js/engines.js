// What is still loading, said in words, until typed questions can be answered; and whether the server is there at all.
import { say } from "./told.js";
import { loadAgain } from "./switches.js";

const soonMs = 1000;
const laterMs = 10_000;
const needed = ["embedder", "chat", "course"];
let lost = false;
let until = 0;

export function watchEngines() {
  look();
  document.addEventListener("coursemate:trouble", ({ detail }) => show(detail, true, 8000));
}

async function look() {
  let health = null;
  try {
    health = await (await fetch("api/health")).json();
  } catch {
    lose();
  }
  setTimeout(look, health && !lost && told(health) ? laterMs : soonMs);
  if (health && lost) loadAgain();
}

// Says what is loading or has failed; true when there is nothing to say.
function told({ engines }) {
  const shown = engines.filter(({ role }) => needed.includes(role));
  const failed = shown.find(({ status }) => status === "failed");
  const loading = shown.find(({ status }) => status === "loading");
  if (failed) show(failed.error.message, true);
  else if (loading) show(say("loading", { engine: loading.label, seconds: Math.round(loading.seconds) }), false);
  else if (document.querySelector("[data-preparing]")) loadAgain();
  else if (!until) hide();
  return !failed && !loading;
}

function lose() {
  lost = true;
  document.documentElement.classList.add("cm-lost");
  show(say("lost"), true);
}

function show(words, trouble, forMs = 0) {
  const line = document.getElementById("cm-status");
  if (!line) return; // Gradio has not drawn the desk yet
  line.classList.toggle("is-failed", trouble);
  if (line.textContent !== words) line.textContent = words;
  if (!trouble && !line.querySelector(".cm-pulse")) line.insertAdjacentHTML("afterbegin", '<span class="cm-pulse"></span>');
  line.hidden = false;
  clearTimeout(until);
  until = forMs ? setTimeout(hide, forMs) : 0;
}

function hide() {
  until = 0;
  const line = document.getElementById("cm-status");
  if (line) line.hidden = true;
}
