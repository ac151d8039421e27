// The conversation as it grows: formulas, notes beside their lines, what scrolls, what is copied.
import { announce, forgetAnnounced } from "./live.js";
import { placeNotes } from "./notes.js";
import { prepareFormulas, setFormulas } from "./mathematics.js";
import { say } from "./told.js";

const near = 160; // px from the end of the page within which the reader is taken to follow the answer

export function watchConversation() {
  document.addEventListener("coursemate:opened", opened);
  document.addEventListener("coursemate:emptied", () => document.querySelector("#cm-box textarea")?.focus());
  document.addEventListener("coursemate:signal", ({ detail }) => follow(JSON.parse(detail)));
  document.addEventListener("click", pressed);
  document.addEventListener("error", hideBrokenPicture, true);
  document.addEventListener("mouseover", ({ target }) => light(target.closest?.(".cm-mark, .cm-note")));
  addEventListener("resize", () => placeNotes());
}

function opened() {
  document.documentElement.classList.add("cm-opened");
  for (const id of ["cm-past", "cm-turn"]) {
    const part = document.getElementById(id);
    new MutationObserver(() => drawn(part)).observe(part, { childList: true, subtree: true });
    drawn(part);
  }
  prepareFormulas();
  const exchanges = document.querySelectorAll(".cm-exchange");
  exchanges[exchanges.length - 1]?.scrollIntoView({ block: "start" });
}

// Formulas are set before the browser paints, so that nothing flickers while the answer grows.
function drawn(part) {
  setFormulas(part);
  placeNotes(part);
}

let stage = "";

function follow(turn) {
  const began = turn.stage === "sent" && stage !== "sent";
  stage = turn.stage;
  if (began) {
    forgetAnnounced();
    document.querySelector("#cm-turn .cm-exchange")?.scrollIntoView({ block: "start" });
    return;
  }
  announce(turn);
  const end = document.documentElement.scrollHeight - innerHeight - scrollY;
  if (stage === "writing" && end < near) scrollTo({ top: document.documentElement.scrollHeight });
}

function pressed(event) {
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
  const fold = event.target.closest("[data-fold]");
  if (fold) fold.setAttribute("aria-expanded", String(fold.getAttribute("aria-expanded") !== "true"));
}

async function copy(button) {
  const text = button.dataset.copy || button.parentElement.querySelector("pre").textContent;
  await navigator.clipboard.writeText(text);
  const label = button.querySelector("span") ?? button;
  const before = label.textContent;
  label.textContent = say("copied");
  setTimeout(() => (label.textContent = before), 1600);
}

function hideBrokenPicture(event) {
  if (event.target.matches?.(".cm-thumb img")) event.target.remove();
}

// A number in the text and its note light up together.
function light(pointed) {
  for (const lit of document.querySelectorAll(".is-near")) lit.classList.remove("is-near");
  if (!pointed) return;
  const turn = pointed.closest(".cm-turn");
  for (const part of turn?.querySelectorAll(`[data-n="${pointed.dataset.n}"]`) ?? []) part.classList.add("is-near");
}
