// The teacher's pages on learning: map, questions, class. Each draws itself from what the server says.
import { closeSource, watchSource } from "../source.js";
import { watchSwitches } from "../switches.js";
import { trouble } from "./server.js";

watchSwitches();
watchSource();
addEventListener("keydown", (event) => event.key === "Escape" && !event.target.closest("dialog") && closeSource());
const place = document.getElementById("cl-view");
show();

async function show() {
  try {
    const { draw } = await import(`./${document.querySelector("[data-part]").dataset.part}.js`);
    const made = document.createElement("div");
    await draw(made);
    place.replaceChildren(made);
  } catch (error) {
    place.replaceChildren();
    trouble(error);
  } finally {
    place.setAttribute("aria-busy", "false");
  }
}
