// A graded answer: the mark, what it rests on, the passage, what it moved, and the way to say that it is wrong.
import { icons, say } from "../told.js";
import { bar, button, make, percent, placeButton } from "../make.js";
import { tell, trouble } from "../teach/server.js";
import { ask, ofCourse, page } from "./server.js";

export function showOutcome(question, concept, told, seconds, form) {
  const head = headOf(told);
  paint(question, told, form);
  tell(head);
  return make(
    "section",
    { class: `cl-outcome ${told.score >= 1 ? "is-right" : told.score > 0 ? "is-partly" : "is-wrong"}`, tabindex: -1 },
    make("h3", {}, iconOf(told.score >= 1 ? "done" : "attention"), make("span", { text: head })),
    told.unclear ? make("p", { text: say("learn_unclear") }) : findings(question, told),
    passage(told),
    moved(concept, told, seconds),
    disagree(question),
  );
}

function headOf({ score, unclear }) {
  if (unclear) return say("learn_not_understood");
  if (score >= 1) return say("learn_right");
  return score > 0 ? say("learn_partly", { percent: Math.round(100 * score) }) : say("learn_wrong");
}

function iconOf(name) {
  const holder = make("span", { class: "cl-sign" });
  holder.innerHTML = icons[name];
  return holder;
}

// The options themselves say which were right.
function paint(question, told, form) {
  if (question.kind === "order") return;
  for (const row of form.querySelectorAll(".cl-option")) {
    const right = told.right.includes(Number(row.dataset.n));
    const taken = row.querySelector("input").checked;
    if (right || taken) row.classList.add(right ? "is-right" : "is-wrong");
    if (right) row.append(make("span", { class: "cl-tag", text: say("learn_is_right") }));
    else if (taken) row.append(make("span", { class: "cl-tag", text: say("learn_is_wrong") }));
  }
}

function findings(question, told) {
  if (["choice", "several", "label"].includes(question.kind)) return null;
  if (question.kind === "order") {
    const right = told.right.map((n) => make("li", { text: question.options[n] }));
    return told.score < 1 ? make("div", {}, make("h4", { text: say("learn_right_order") }), make("ol", {}, right)) : null;
  }
  const rows = told.findings.map(({ what, met, text }) => make("li", { class: met ? "is-met" : "is-missed" }, iconOf(met ? "done" : "close"), make("span", {}, make("b", { text: what }), ` ${text}`)));
  return make("ul", { class: "cl-findings" }, rows);
}

function passage({ quote, place }) {
  if (!place) return null;
  return make("div", { class: "cl-passage" }, make("h4", { text: say("learn_course_says") }), quote ? make("blockquote", { class: "cm-quoted", text: quote }) : null, placeButton(place));
}

function moved(concept, { known }, seconds) {
  const took = say("learn_took", { n: Math.round(seconds) });
  if (!known) return make("p", { class: "cl-soft", text: `${took} ${say("learn_not_counted")}` });
  return make(
    "div",
    { class: "cl-moved" },
    make("p", {}, make("span", { text: say("learn_standing", { concept: concept.title }) }), " ", make("b", { text: `${percent(known.before)} → ${percent(known.after)}` })),
    bar(known.after, percent(known.after)),
    make("p", { class: "cl-soft" }, `${took} `, make("a", { href: page("progress", { concept: concept.concept }), text: say("learn_why_so") })),
  );
}

function disagree(question) {
  const why = make("textarea", { rows: 2, maxlength: 500, required: true });
  const form = make("form", { class: "cl-form is-narrow" }, make("label", {}, make("span", { text: say("learn_disagree_why") }), why), make("button", { class: "ct-button", text: say("learn_disagree_send") }));
  const fold = make("details", { class: "cl-fold" }, make("summary", { text: say("learn_disagree") }), form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await ask("POST", ofCourse(`/questions/${encodeURIComponent(question.id)}/disagree`), { why: why.value });
      const told = say("learn_disagreed_where", { told: say("learn_disagreed") });
      fold.replaceWith(make("p", { class: "cl-soft", role: "status", tabindex: -1, text: told }));
      tell(told);
    } catch (error) {
      trouble(error);
    }
  });
  return fold;
}

export const nextButton = (words, press) => button(words, press, "is-primary");
