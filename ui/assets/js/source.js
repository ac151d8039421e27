// The panel beside the conversation: a source at its place. Opened by a note or a number, closed by Esc or its button.
import { setFormulas } from "./mathematics.js";
import { placeNotes } from "./notes.js";
import { say } from "./told.js";

const panel = () => document.getElementById("cm-source");
const beside = () => document.querySelector("gradio-app, #cl-app"); // what the panel stands beside
const narrow = matchMedia("(max-width: 999.98px)");
let openedBy = null;
let opened = null;
let asked = 0;

export function watchSource() {
  document.addEventListener("click", ({ target }) => {
    const opener = target.closest("[data-source]");
    if (opener && opener !== document.documentElement) open(opener);
    const leaf = target.closest("[data-leaf]");
    if (leaf) show(leaf.dataset.leaf);
    const seek = target.closest("[data-seek]");
    if (seek) play(Number(seek.dataset.seek));
    if (target.closest("#cm-source-close, #cm-scrim")) closeSource();
  });
}

export function closeSource() {
  if (panel().hidden) return false;
  panel().hidden = true;
  document.getElementById("cm-scrim").hidden = true;
  delete document.documentElement.dataset.source;
  beside().inert = false;
  document.getElementById("cm-source-body").replaceChildren(); // stops what plays
  const reader = back();
  point(null);
  reader?.focus();
  placeNotes();
  return true;
}

function open(opener) {
  openedBy = opener;
  point(opener);
  panel().hidden = false;
  panel().setAttribute("aria-modal", String(narrow.matches));
  document.getElementById("cm-scrim").hidden = !narrow.matches;
  document.documentElement.dataset.source = "open";
  beside().inert = narrow.matches;
  panel().focus({ preventScroll: true });
  placeNotes();
  opener.scrollIntoView({ block: "nearest" });
  show(opener.dataset.source);
}

async function show(address) {
  const body = document.getElementById("cm-source-body");
  const mine = (asked += 1);
  if (!body.firstChild) body.innerHTML = `<p class="cm-source-wait">${say("source_wait")}</p>`;
  let html;
  try {
    const response = await fetch(address);
    html = response.ok ? await response.text() : failed((await response.json()).message);
  } catch {
    html = failed(say("lost"));
  }
  if (mine !== asked) return;
  body.innerHTML = html;
  setFormulas(body);
  reveal(body);
}

function failed(message) {
  const line = document.createElement("p");
  line.className = "cm-source-failed";
  line.textContent = message;
  return line.outerHTML;
}

function reveal(body) {
  const player = body.querySelector(".cm-player");
  player?.addEventListener("loadedmetadata", () => (player.currentTime = Number(player.dataset.start)), { once: true });
  const place = body.querySelector("mark, .cm-highlight") ?? body.querySelector(".is-here");
  place?.scrollIntoView({ block: "center" });
  body.querySelector(".cm-source-view")?.setAttribute("tabindex", "0");
}

function play(second) {
  const player = panel().querySelector(".cm-player");
  player.currentTime = second;
  player.play();
}

// Which note is open is shown on the note and on its number. Gradio uses the elements of one answer again for the next,
// attributes included, so what is open is kept here, by its place in the conversation, and shown anew after every drawing.
function point(opener) {
  opened = opener ? { place: exchanges().indexOf(opener.closest(".cm-exchange")), n: opener.dataset.n } : null;
  pointAgain();
}

export function pointAgain() {
  const turn = opened ? exchanges()[opened.place] : null;
  const parts = new Set(turn?.querySelectorAll(`[data-n="${opened.n}"]`));
  for (const shown of document.querySelectorAll("[data-n][aria-current]")) if (!parts.has(shown)) shown.removeAttribute("aria-current");
  for (const part of parts) if (!part.hasAttribute("aria-current")) part.setAttribute("aria-current", "true");
}

const exchanges = () => [...document.querySelectorAll(".cm-exchange")];

// The answer may have been drawn again since: then the button of the same source takes the focus.
function back() {
  if (openedBy?.isConnected && openedBy.hasAttribute("aria-current")) return openedBy;
  const again = document.querySelector("[data-source][aria-current]");
  const same = [...document.querySelectorAll("[data-source]")].find((one) => one.dataset.source === openedBy?.dataset.source);
  if (openedBy?.isConnected && !openedBy.closest(".cm-exchange")) return openedBy; // on a page without a conversation
  return again ?? same ?? document.querySelector("#cm-box textarea");
}
