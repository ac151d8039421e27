// A course map that the server drew, taken into the page so that it wears the page's colours. Pressing a concept opens it;
// for the keyboard and screen readers the same concepts stand in a list beside it.
import { make } from "../make.js";
import { say } from "../told.js";

export function drawing(text, press) {
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const frame = make("div", { class: "cl-graph", role: "region", tabindex: 0, "aria-label": say("learn_map") });
  if (svg.localName !== "svg") return frame;
  frame.append(document.importNode(svg, true));
  frame.addEventListener("click", ({ target }) => {
    const concept = target.closest("[data-concept]");
    if (concept) press(concept.dataset.concept);
  });
  return frame;
}
