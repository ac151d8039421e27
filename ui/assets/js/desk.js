// The box: names for its buttons, the microphone beside them, first questions that send themselves.
import { say } from "./told.js";
import { prepareVoice } from "./voice.js";

const box = () => document.getElementById("cm-box");

export function watchDesk() {
  document.addEventListener("coursemate:opened", () => {
    prepare();
    new MutationObserver(prepare).observe(box(), { childList: true, subtree: true, attributes: true, attributeFilter: ["placeholder"] });
    if (matchMedia("(pointer: fine)").matches) box().querySelector("textarea").focus({ preventScroll: true });
  });
  document.addEventListener("click", ({ target }) => {
    const starter = target.closest("[data-ask]");
    if (starter) ask(starter.dataset.ask, starter.dataset.way);
  });
  document.addEventListener("change", ({ target }) => target.closest("#cm-ways") && follow());
}

// Gradio draws the box again when its buttons change, so this must be able to run at any time.
function prepare() {
  name("textarea", "question");
  name(".upload-button", "add_picture");
  name(".submit-button", "send");
  name(".stop-button", "stop");
  name(".full-container", "question_group");
  box().querySelector("input[type=file]")?.setAttribute("accept", "image/*");
  prepareVoice();
  follow();
  const ways = document.querySelector("#cm-ways label")?.parentElement;
  ways?.setAttribute("role", "radiogroup");
  ways?.setAttribute("aria-label", say("ways"));
}

// The box says what belongs into it, by the chosen way of tutoring. Gradio may put its own words back when it draws.
function follow() {
  const area = box().querySelector("textarea");
  const wanted = say(`way_${chosen()}`);
  if (area && area.placeholder !== wanted) area.placeholder = wanted;
}

function chosen() {
  return document.querySelector("#cm-ways input:checked")?.value || "explain";
}

function name(selector, key) {
  const part = box().querySelector(selector);
  if (part && part.getAttribute("aria-label") !== say(key)) {
    part.setAttribute("aria-label", say(key));
    if (part.matches("button")) part.title = say(key);
  }
}

async function ask(question, way) {
  if (way && way !== chosen()) document.querySelector(`#cm-ways input[value="${way}"]`)?.click();
  const area = box().querySelector("textarea");
  area.value = question;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise(requestAnimationFrame); // Gradio takes the words over first
  box().querySelector(".submit-button")?.click();
}
