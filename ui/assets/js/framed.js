// A source in a frame: formulas, leafing, a player that starts at its second; Esc goes to the page around it.
import { setFormulas } from "./mathematics.js";
import { say } from "./told.js";

const body = document.getElementById("cm-source-body");

document.documentElement.classList.toggle("is-framed", parent !== window);
reveal();
document.addEventListener("click", ({ target }) => {
  const leaf = target.closest("[data-leaf]");
  if (leaf) turnTo(leaf.dataset.leaf);
  const seek = target.closest("[data-seek]");
  if (seek) play(Number(seek.dataset.seek));
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") parent.postMessage({ coursemate: "close" }, "*");
});

function reveal() {
  setFormulas(body);
  const player = body.querySelector(".cm-player");
  player?.addEventListener("loadedmetadata", () => (player.currentTime = Number(player.dataset.start)), { once: true });
  (body.querySelector("mark, .cm-highlight") ?? body.querySelector(".is-here"))?.scrollIntoView({ block: "center" });
  body.querySelector(".cm-source-view")?.setAttribute("tabindex", "0");
}

async function turnTo(address) {
  try {
    const response = await fetch(address);
    if (response.ok) {
      body.innerHTML = await response.text();
      reveal();
    } else tell((await response.json()).message);
  } catch {
    tell(say("lost"));
  }
}

function tell(message) {
  const line = document.createElement("p");
  line.className = "cm-source-failed";
  line.textContent = message;
  body.replaceChildren(line);
}

function play(second) {
  const player = body.querySelector(".cm-player");
  player.currentTime = second;
  player.play();
}
