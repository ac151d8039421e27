// The box: names for its buttons, the microphone beside them, first questions that send themselves.
import { say } from "./told.js";
import { prepareVoice } from "./voice.js";
import { chooseWay } from "./ways.js";

const patienceMs = 3000;

const box = () => document.getElementById("cm-box");

export function watchDesk() {
  document.addEventListener("coursemate:opened", () => {
    prepare();
    new MutationObserver(prepare).observe(box(), { childList: true, subtree: true });
    if (matchMedia("(pointer: fine)").matches) box().querySelector("textarea").focus({ preventScroll: true });
  });
  document.addEventListener("click", ({ target }) => {
    const starter = target.closest("[data-ask]");
    if (starter) ask(starter.dataset.ask, starter.dataset.way);
  });
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
}

function name(selector, key) {
  const part = box().querySelector(selector);
  if (part && part.getAttribute("aria-label") !== say(key)) {
    part.setAttribute("aria-label", say(key));
    if (part.matches("button")) part.title = say(key);
  }
}

async function ask(question, way) {
  chooseWay(way);
  const area = box().querySelector("textarea");
  area.value = question;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  await nextFrame(); // Gradio takes the words over first
  // For a moment after an answer the box still has the button that stops it.
  for (const until = performance.now() + patienceMs; performance.now() < until; await nextFrame()) {
    const send = box().querySelector(".submit-button:not([disabled])");
    if (send) return send.click();
  }
}

function nextFrame() {
  return new Promise(requestAnimationFrame);
}
