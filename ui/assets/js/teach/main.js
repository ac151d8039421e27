// The teacher's screen, one module for each thing it does.
import { setFormulas } from "../mathematics.js";
import { watchSwitches } from "../switches.js";
import { watchCreate } from "./create.js";
import { watchDrops } from "./drops.js";
import { watchJobs } from "./jobs.js";
import { watchLists } from "./lists.js";

watchSwitches();
setFormulas(document.body);
document.addEventListener("click", ({ target }) => play(target.closest("[data-seek]")?.dataset.seek));
if (document.getElementById("ct-create")) watchCreate();
if (document.querySelector("[data-course]")) {
  watchDrops();
  watchJobs();
  watchLists();
}

// A recording, from the second at which a passage was said.
function play(second) {
  const player = document.querySelector(".ct-player");
  if (second === undefined || !player) return;
  player.currentTime = Number(second);
  player.play();
}
