// The student's pages of learning: one module a view, drawn from what the server says.
import { closeSource, watchSource } from "../source.js";
import { watchSwitches } from "../switches.js";
import { trouble } from "../teach/server.js";
import { main } from "./server.js";

watchSwitches();
watchSource();
addEventListener("keydown", (event) => event.key === "Escape" && closeSource());
const place = document.getElementById("cl-view");
if (place) show();

async function show() {
  try {
    const { draw } = await import(`./${main().dataset.view}.js`);
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
