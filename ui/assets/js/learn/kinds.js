// The six kinds of question as forms. Each gives its element and the answer as the server takes it, or null while it is empty.
import { make, withIcon } from "../make.js";
import { tell } from "../teach/server.js";
import { say } from "../told.js";
import { ofCourse } from "./server.js";

export function formOf(question) {
  const kinds = { choice: () => choose(question, "radio"), several: () => choose(question, "checkbox"), label, number, short, order };
  return kinds[question.kind](question);
}

function choose({ options, kind }, type) {
  const rows = options.map((option, n) => make("label", { class: "cl-option", "data-n": n }, make("input", { type, name: "answer", value: n }), make("span", { text: option })));
  const hint = kind === "several" ? make("p", { class: "cl-soft", text: say("learn_several") }) : null;
  const element = make("fieldset", { class: "cl-options" }, make("legend", { class: "cm-sr", text: say("learn_your_answer") }), hint, rows);
  return {
    element,
    answer() {
      const chosen = [...element.querySelectorAll(":checked")].map(({ value }) => Number(value));
      return chosen.length ? { chosen } : null;
    },
  };
}

function label(question) {
  const form = choose(question, "radio");
  const picture = make("img", { src: ofCourse(`/questions/${encodeURIComponent(question.id)}/picture`), alt: say("learn_figure") });
  return { ...form, element: make("div", {}, make("figure", { class: "cl-figure" }, picture), form.element) };
}

function number({ unit }) {
  const field = make("input", { name: "answer", autocomplete: "off", maxlength: 200, inputmode: "text", "aria-describedby": "cl-unit" });
  const hint = make("small", { id: "cl-unit", text: say(unit ? "learn_with_unit" : "learn_without_unit") });
  const element = make("label", { class: "cl-typed is-number" }, make("span", { text: say("learn_your_answer") }), field, hint);
  return { element, answer: () => typed(field) };
}

function short() {
  const field = make("textarea", { name: "answer", rows: 4, maxlength: 2000 });
  return { element: make("label", { class: "cl-typed" }, make("span", { text: say("learn_your_answer") }), field), answer: () => typed(field) };
}

const typed = (field) => (field.value.trim() ? { text: field.value.trim() } : null);

// The steps in a list, moved by their buttons: up, down. The focus goes with the step.
function order({ options }) {
  const list = make("ol", { class: "cl-order" }, options.map((option, n) => row(option, n)));
  mark(list);
  list.addEventListener("click", ({ target }) => {
    const pressed = target.closest("[data-move]");
    if (!pressed) return;
    const step = pressed.closest("li");
    if (pressed.dataset.move === "up") step.previousElementSibling?.before(step);
    else step.nextElementSibling?.after(step);
    mark(list);
    const usable = pressed.disabled ? step.querySelector("[data-move]:not(:disabled)") : pressed;
    usable?.focus();
    tell(say("learn_moved", { step: step.querySelector("span").textContent, n: [...list.children].indexOf(step) + 1 }));
  });
  return { element: list, answer: () => ({ chosen: [...list.children].map(({ dataset }) => Number(dataset.n)) }) };
}

function row(option, n) {
  const move = (way, words) => withIcon(way, make("button", { type: "button", class: "cm-tool", "data-move": way, "aria-label": words, title: words }));
  return make("li", { "data-n": n }, make("span", { text: option }), move("up", say("learn_up", { step: option })), move("down", say("learn_down", { step: option })));
}

function mark(list) {
  const rows = [...list.children];
  rows.forEach((step, n) => {
    step.querySelector('[data-move="up"]').disabled = n === 0;
    step.querySelector('[data-move="down"]').disabled = n === rows.length - 1;
  });
}
