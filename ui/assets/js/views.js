// A page that consists of one view: the module that draws it is loaded when the page opens, and Esc closes the source beside it.
import { closeSource, watchSource } from "./source.js";
import { watchSwitches } from "./switches.js";
import { trouble } from "./teach/server.js";

// `load` gives the view's module. Nothing is drawn where the page has no place for a view.
export async function showView(load) {
  watchSwitches();
  watchSource();
  addEventListener("keydown", (event) => event.key === "Escape" && !event.target.closest("dialog") && closeSource());
  const place = document.getElementById("cl-view");
  if (!place) return;
  try {
    const { draw } = await load();
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
