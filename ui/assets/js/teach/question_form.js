// A question as a form: its text, and what its kind is graded by. Gives the body as the server takes it.
import { button, make } from "../make.js";
import { say } from "../told.js";
import { labels } from "./label_form.js";
import { choice, field, kindOf } from "./of_learning.js";

const kinds = ["choice", "several", "number", "short", "order", "label"];

// `question` is null for a new one.
export function formOf(question, concepts, save) {
  const text = make("textarea", { rows: 2, maxlength: 500, required: true });
  text.value = question?.text ?? "";
  const concept = choice(concepts.map(({ id, title }) => [id, title]));
  if (question) concept.value = question.concept;
  const kind = choice(kinds.map((one) => [one, kindOf(one)]));
  const error = make("p", { class: "ct-error", role: "alert", hidden: true });
  const space = make("div", { class: "cl-parts-of" });
  let parts = partsOf(question?.kind ?? "choice", question);
  space.append(parts.element);
  kind.addEventListener("change", () => space.replaceChildren((parts = partsOf(kind.value, null)).element));
  const form = make("form", { class: "cl-form is-question" }, field(say("learn_concept"), concept), question ? "" : field(say("teach_q_kind"), kind), field(say("teach_q_text"), text), space, error, make("button", { class: "ct-button is-primary", text: say("teach_q_save") }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const kept = question ? { quote: question.quote, difficulty: question.difficulty, usual_s: question.usual_s } : {};
    try {
      await save({ ...kept, concept: concept.value || question?.concept, kind: question?.kind ?? kind.value, text: text.value.trim(), ...parts.body() });
    } catch (refused) {
      error.textContent = refused.message;
      error.hidden = false;
    }
  });
  return form;
}

function partsOf(kind, question) {
  if (kind === "number") return numbers(question);
  if (kind === "short") return rubric(question);
  if (kind === "label") return labels(question, (made) => options("label", made));
  return kind === "order" ? steps(question) : options(kind, question);
}

function options(kind, question) {
  const list = make("div", { class: "cl-edit-options" });
  const type = kind === "several" ? "checkbox" : "radio";
  const add = (text, right) => list.append(make("div", {}, make("label", { class: "cl-pick" }, make("input", { type, name: "right", checked: right, "aria-label": say("teach_q_is_right", { n: list.childElementCount + 1 }) })), make("input", { value: text, maxlength: 200, "data-text": true, "aria-label": say("teach_q_option", { n: list.childElementCount + 1 }) })));
  const given = question?.options ?? ["", "", "", ""];
  given.forEach((text, n) => add(text, question ? question.right.includes(n) : n === 0));
  const element = make("fieldset", { class: "cl-options" }, make("legend", { text: say("teach_q_options") }), list, button(say("teach_q_option_add"), () => add("", false), "is-quiet"));
  return {
    element,
    body() {
      const rows = [...list.children].map((row) => [row.querySelector("[data-text]").value.trim(), row.querySelector("[name=right]").checked]).filter(([text]) => text);
      return { options: rows.map(([text]) => text), right: rows.flatMap(([, right], n) => (right ? [n] : [])) };
    },
  };
}

// Written in the right order, shown to students in another.
function steps(question) {
  const area = make("textarea", { rows: 5 });
  area.value = question ? question.right.map((n) => question.options[n]).join("\n") : "";
  return {
    element: field(say("teach_q_steps"), area),
    body() {
      const lines = area.value.split("\n").map((one) => one.trim()).filter(Boolean);
      const shown = lines.map((_, n) => n).sort((a, b) => lines[a].localeCompare(lines[b]));
      if (shown.every((n, at) => n === at)) shown.reverse();
      return { options: shown.map((n) => lines[n]), right: lines.map((_, n) => shown.indexOf(n)) };
    },
  };
}

function numbers(question) {
  const key = question?.key ?? { value: "", unit: "", tolerance: 0.02 };
  const value = make("input", { value: key.value, inputmode: "decimal", required: true });
  const unit = make("input", { value: key.unit, maxlength: 40 });
  const tolerance = make("input", { type: "number", min: 0, max: 100, step: "any", value: +(100 * key.tolerance).toFixed(6) });
  return {
    element: make("div", { class: "cl-row" }, field(say("teach_q_value"), value), field(say("teach_q_unit"), unit), field(say("teach_q_tolerance"), tolerance)),
    body: () => ({ key: { value: Number(value.value.replace(",", ".")), unit: unit.value.trim(), tolerance: Number(tolerance.value) / 100 } }),
  };
}

function rubric(question) {
  const list = make("div", { class: "cl-rubric" });
  const lines = (area) => area.value.split("\n").map((one) => one.trim()).filter(Boolean);
  const add = (one) => {
    const statement = make("input", { value: one?.statement ?? "", maxlength: 300, "data-part": "statement" });
    const phrases = make("textarea", { rows: 2, "data-part": "phrases" });
    const foils = make("textarea", { rows: 2, "data-part": "foils" });
    phrases.value = (one?.phrases ?? []).join("\n");
    foils.value = (one?.foils ?? []).join("\n");
    const points = make("input", { type: "number", min: 0.5, max: 100, step: 0.5, value: one?.points ?? 1, "data-part": "points" });
    list.append(make("div", { class: "cl-criterion" }, field(say("teach_q_statement"), statement), field(say("teach_q_phrases"), phrases), field(say("teach_q_foils"), foils), field(say("teach_q_points"), points)));
  };
  (question?.rubric ?? [null]).forEach(add);
  return {
    element: make("div", {}, list, button(say("teach_q_criterion_add"), () => add(null), "is-quiet")),
    body() {
      const part = (row, name) => row.querySelector(`[data-part="${name}"]`);
      const rows = [...list.children].map((row) => ({ statement: part(row, "statement").value.trim(), phrases: lines(part(row, "phrases")), foils: lines(part(row, "foils")), points: Number(part(row, "points").value) }));
      return { rubric: rows.filter(({ statement }) => statement).map((row) => ({ ...row, phrases: row.phrases.length ? row.phrases : [row.statement.slice(0, 120)] })) };
    },
  };
}
