// What stands in the box while somebody speaks or is answered aloud: the state, how loud it is, the words heard so far.
import { icons, say } from "./told.js";

let began = 0;
let level = () => 0;

export function preparePanel(row, discard) {
  const panel = document.createElement("div");
  panel.id = "cm-listening";
  panel.hidden = true;
  panel.innerHTML =
    '<span class="cm-pulse"></span><span id="cm-voice-state" role="status"></span>' +
    '<span id="cm-level"><span></span></span><time>0:00</time><p id="cm-words" dir="auto"></p>';
  const close = document.createElement("button");
  close.innerHTML = icons.close;
  close.title = say("discard");
  close.setAttribute("aria-label", say("discard"));
  close.addEventListener("click", discard);
  panel.prepend(close);
  row.querySelector(".textarea-wrapper").after(panel);
}

// `state` is opening, listening, thinking or speaking; `loudness` is asked for at every picture.
export function showState(box, state, loudness = level) {
  const panel = box.querySelector("#cm-listening");
  const hidden = panel.hidden;
  panel.hidden = false;
  panel.dataset.state = state;
  const words = panel.querySelector("#cm-voice-state");
  if (words.textContent !== say(`voice_${state}`)) words.textContent = say(`voice_${state}`);
  box.classList.add("is-recording");
  level = loudness;
  if (hidden) start(panel);
}

export function showWords(text) {
  const part = document.getElementById("cm-words");
  if (part) part.textContent = text;
}

export function hidePanel(box) {
  box.querySelector("#cm-listening").hidden = true;
  box.classList.remove("is-recording");
  showWords("");
}

function start(panel) {
  began = performance.now();
  const tick = () => {
    if (panel.hidden || !panel.isConnected) return;
    const seconds = Math.floor((performance.now() - began) / 1000);
    panel.querySelector("#cm-level span").style.transform = `scaleX(${Math.min(1, level() * 6)})`;
    panel.querySelector("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    requestAnimationFrame(tick);
  };
  tick();
}
