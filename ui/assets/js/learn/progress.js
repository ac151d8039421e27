// Progress: the map filled with what is known, a curve over time, and every estimate with the answers that it rests on.
import { bar, make, percent } from "../make.js";
import { trouble } from "../teach/server.js";
import { say } from "../told.js";
import { curve } from "./curve.js";
import { empty, missing } from "./empty.js";
import { evidence } from "./evidence.js";
import { drawing } from "./graph.js";
import { ask, ofCourse, page, told, wanted } from "./server.js";

export async function draw(place) {
  const [{ concepts }, { points }, { steps }] = await Promise.all([
    told("GET", ofCourse("/progress")),
    told("GET", ofCourse("/curve")),
    told("POST", ofCourse("/next"), wanted()),
  ]);
  if (!concepts.length) return place.append(missing(concepts));
  const svg = await (await ask("GET", ofCourse("/progress.svg", { next_up: steps[0]?.concept ?? "" }))).text();
  const list = make("ul", { class: "cl-concepts" }, concepts.map(row));
  const mastered = concepts.filter((one) => one.mastered).length;
  place.append(
    make("p", { class: "cl-lead", text: say("learn_mastered_of", { n: mastered, all: concepts.length }) }),
    points.length ? "" : empty(say("learn_no_answers"), say("learn_no_answers_lead"), make("p", {}, make("a", { class: "ct-button is-primary", href: page("practice"), text: say("learn_start") }))),
    make("section", {}, make("h2", { text: say("learn_map") }), make("p", { class: "cl-soft", text: say("learn_map_lead") }), drawing(svg, (id) => open(list, id))),
    points.length > 1 ? make("section", {}, make("h2", { text: say("learn_curve") }), curve(points)) : "",
    make("section", {}, make("h2", { text: say("learn_by_concept") }), list),
  );
  const wished = new URLSearchParams(location.search).get("concept");
  if (wished) requestAnimationFrame(() => open(list, wished));
}

function row(one) {
  const inside = make("div", { class: "cl-evidence" });
  const state = one.answers ? percent(one.known) : say("learn_not_asked");
  const fold = make(
    "details",
    {},
    make("summary", {}, make("span", { class: "cl-title", text: one.title }), one.answers ? bar(one.known, percent(one.known)) : make("span"), make("span", { class: one.mastered ? "cl-number is-mastered" : "cl-number", text: one.mastered ? `${state} ✓` : state })),
    inside,
  );
  fold.addEventListener("toggle", () => fold.open && !inside.firstChild && fill(inside, one));
  return make("li", { "data-concept": one.concept }, fold);
}

async function fill(inside, one) {
  try {
    const { answers } = await told("GET", ofCourse(`/concepts/${encodeURIComponent(one.concept)}/evidence`));
    inside.replaceChildren(evidence(one, answers));
  } catch (error) {
    trouble(error);
  }
}

function open(list, id) {
  const found = [...list.children].find(({ dataset }) => dataset.concept === id);
  if (!found) return;
  const fold = found.querySelector("details");
  fold.open = true;
  fold.querySelector("summary").focus();
  fold.scrollIntoView({ block: "start" });
}
