// Which answers moved an estimate, and what of each: right or wrong, hints, time, how sure, what was learned and forgotten.
import { dateOf, make, momentOf, percent } from "../make.js";
import { say } from "../told.js";
import { page } from "./server.js";

const shown = 20; // the latest

export function evidence(concept, answers) {
  const go = make("a", { class: "ct-button", href: page("practice", { concept: concept.concept }), text: say("learn_practise_this") });
  if (!answers.length) return make("div", {}, make("p", { class: "cl-soft", text: say("learn_no_evidence") }), concept.questions ? go : null);
  const due = concept.due ? make("p", { class: "cl-soft", text: say("learn_due_on", { date: dateOf(concept.due) }) }) : null;
  const rows = answers.slice(-shown).reverse().map(row);
  return make("div", {}, make("p", { class: "cl-soft", text: say("learn_evidence_lead") }), make("ol", { class: "cl-answers" }, rows), due, concept.questions ? go : null);
}

function row({ at, score, movement, first_score: first }) {
  const mark = score >= 1 ? say("learn_right") : score > 0 ? say("learn_partly", { percent: Math.round(100 * score) }) : say("learn_wrong");
  const head = make("p", {}, make("b", { text: mark }), make("span", { class: "cl-soft", text: ` · ${momentOf(at)}` }), make("span", { class: "cl-number", text: `${percent(movement.before)} → ${percent(movement.after)}` }));
  const changed = first === null ? null : make("p", { class: "cl-soft", text: say("learn_ruled_before", { percent: percent(first) }) });
  const most = Math.max(1, ...movement.parts.map(([, value]) => Math.abs(value)));
  return make("li", {}, head, changed, make("ul", { class: "cl-parts" }, movement.parts.map(([name, value]) => part(name, value, most))));
}

function part(name, value, most) {
  const fill = make("span", { class: value < 0 ? "is-down" : "is-up" });
  fill.style.inlineSize = `${(50 * Math.abs(value)) / most}%`;
  const sign = `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
  return make("li", {}, make("span", { text: nameOf(name) }), make("span", { class: "cl-swing", "aria-hidden": "true" }, fill), make("span", { class: "cl-number", text: sign }));
}

function nameOf(name) {
  const names = {
    answer: say("learn_part_answer"),
    attempts: say("learn_part_attempts"),
    hints: say("learn_part_hints"),
    time: say("learn_part_time"),
    confidence: say("learn_part_confidence"),
    forgetting: say("learn_part_forgetting"),
    learning: say("learn_part_learning"),
    limit: say("learn_part_limit"),
  };
  return names[name] ?? name;
}
