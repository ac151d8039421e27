// The conversation as it grows: formulas, notes beside their lines, what scrolls, what is copied.
import { announce, forgetAnnounced } from "./live.js";
import { placeNotes } from "./notes.js";
import { prepareFormulas, setFormulas } from "./mathematics.js";
import { pointAgain } from "./source.js";
import { say } from "./told.js";

const near = 160; // px from the end of the answer within which the reader is taken to follow it

export function watchConversation() {
  document.addEventListener("coursemate:opened", opened);
  document.addEventListener("coursemate:emptied", () => document.querySelector("#cm-box textarea")?.focus());
  document.addEventListener("coursemate:signal", ({ detail }) => follow(JSON.parse(detail)));
  document.addEventListener("click", pressed);
  document.addEventListener("load", ({ target }) => target.matches?.(".cm-thumb img") && target.classList.add("is-there"), true);
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
  pointAgain();
}

let followed = 0;

// Gradio may leave out what was told in between, so every message stands for itself.
function follow(told) {
  if (told.turn !== followed) {
    followed = told.turn;
    forgetAnnounced();
    showQuestion();
  }
  announce(told);
  if (told.stage === "writing") followEnd();
}

// The new question goes to the top of the screen, once Gradio has drawn it.
async function showQuestion() {
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  document.querySelector("#cm-turn .cm-exchange")?.scrollIntoView({ block: "start" });
}

// Scrolls only as far as the growing text reaches under the box, and not for who has scrolled away.
function followEnd() {
  const end = document.querySelector("#cm-turn .cm-column")?.getBoundingClientRect().bottom ?? 0;
  const hidden = end - document.getElementById("cm-desk").getBoundingClientRect().top + 24;
  if (hidden > 0 && hidden < near) scrollBy({ top: hidden });
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

// A number in the text and its note light up together.
function light(pointed) {
  for (const lit of document.querySelectorAll(".is-near")) lit.classList.remove("is-near");
  if (!pointed) return;
  const turn = pointed.closest(".cm-turn");
  for (const part of turn?.querySelectorAll(`[data-n="${pointed.dataset.n}"]`) ?? []) part.classList.add("is-near");
}
