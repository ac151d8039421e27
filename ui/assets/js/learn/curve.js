// What was believed of the whole course after each answer, as a line.
import { dateOf, make, percent } from "../make.js";
import { say } from "../told.js";

const wide = Math.min(640, document.documentElement.clientWidth - 32); // as wide as it is shown, so that its words keep their size
const high = 200;
const edge = { left: 44, right: 12, top: 12, bottom: 28 };
const space = "http://www.w3.org/2000/svg";

export function curve(points) {
  const first = points[0];
  const last = points.at(-1);
  const x = (n) => edge.left + ((wide - edge.left - edge.right) * n) / (points.length - 1);
  const y = (share) => high - edge.bottom - (high - edge.top - edge.bottom) * share;
  const label = say("learn_curve_label", { from: percent(first.known), to: percent(last.known), n: points.length });
  const svg = shape("svg", { viewBox: `0 0 ${wide} ${high}`, class: "cl-curve", role: "img", "aria-label": label });
  for (const share of [0, 0.5, 1]) {
    svg.append(shape("line", { x1: edge.left, x2: wide - edge.right, y1: y(share), y2: y(share), class: "cl-grid" }));
    svg.append(text(edge.left - 8, y(share) + 4, percent(share), "end"));
  }
  const line = points.map(({ known }, n) => `${n ? "L" : "M"}${x(n).toFixed(1)} ${y(known).toFixed(1)}`).join("");
  svg.append(shape("path", { d: `${line}L${x(points.length - 1)} ${y(0)}L${x(0)} ${y(0)}z`, class: "cl-under" }));
  svg.append(shape("path", { d: line, class: "cl-line" }));
  svg.append(shape("circle", { cx: x(points.length - 1), cy: y(last.known), r: 4.5, class: "cl-dot" }));
  svg.append(text(edge.left, high - 8, dateOf(first.at), "start"), text(wide - edge.right, high - 8, dateOf(last.at), "end"));
  return make("figure", { class: "cl-curve-frame" }, svg, make("figcaption", { class: "cl-soft", text: label }));
}

function shape(name, attributes) {
  const made = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function text(x, y, words, anchor) {
  const made = shape("text", { x, y, "text-anchor": anchor });
  made.textContent = words;
  return made;
}
