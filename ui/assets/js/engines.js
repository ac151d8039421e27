// What is still loading, said in words, until typed questions can be answered.
import { say } from "./told.js";

const everyMs = 1000;
let until = 0;

export function watchEngines() {
  look();
  document.addEventListener("coursemate:trouble", ({ detail }) => show(detail, true, 8000));
}

async function look() {
  let health;
  try {
    health = await (await fetch("api/health")).json();
  } catch {
    show(say("lost"), true);
    setTimeout(look, everyMs * 2);
    return;
  }
  const needed = health.engines.filter(({ role }) => ["embedder", "chat", "course"].includes(role));
  const failed = needed.find(({ status }) => status === "failed");
  const loading = needed.find(({ status }) => status === "loading");
  if (failed) return show(failed.error?.message ?? failed.label, true);
  if (!loading) {
    if (document.querySelector("[data-preparing]")) location.reload();
    return hide();
  }
  show(say("loading", { engine: loading.label, seconds: Math.round(loading.seconds) }), false);
  setTimeout(look, everyMs);
}

function show(words, trouble, forMs = 0) {
  const line = document.getElementById("cm-status");
  line.classList.toggle("is-failed", trouble);
  if (line.textContent !== words) line.textContent = words;
  if (!trouble) line.insertAdjacentHTML("afterbegin", '<span class="cm-pulse"></span>');
  line.hidden = false;
  clearTimeout(until);
  if (forMs) until = setTimeout(hide, forMs);
}

function hide() {
  document.getElementById("cm-status").hidden = true;
}
