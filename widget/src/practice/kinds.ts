// The six kinds of question as forms. Each gives its element and the answer as the server takes it, or null while it is empty.
import { draw, h } from "../dom";
import { button } from "../icons";
import type { Kind, Question, Room } from "./wire";

export interface Form {
  element: HTMLElement;
  answer(): { chosen: number[] } | { text: string } | null;
}

const KINDS: Record<Kind, (question: Question, room: Room) => Form> = {
  choice: (question, room) => choose(question, room, "radio"),
  several: (question, room) => choose(question, room, "checkbox"),
  label,
  number,
  short,
  order,
};

export const formOf = (question: Question, room: Room): Form => KINDS[question.kind](question, room);

function choose({ options, kind }: Question, { word, line }: Room, type: "radio" | "checkbox"): Form {
  const rows = options.map((option, n) => h("label", { class: "option", "data-n": n }, h("input", { type, name: "answer", value: n }), h("span", {}, ...line(option))));
  const hint = kind === "several" && h("p", { class: "soft" }, word("several"));
  const element = h("fieldset", {}, h("legend", { class: "sr" }, word("your_answer")), hint, ...rows);
  return {
    element,
    answer() {
      const chosen = [...element.querySelectorAll<HTMLInputElement>(":checked")].map(({ value }) => Number(value));
      return chosen.length ? { chosen } : null;
    },
  };
}

function label(question: Question, room: Room): Form {
  const form = choose(question, room, "radio");
  const canvas = h("canvas", { role: "img", "aria-label": room.word("figure") });
  const picture = h("div", { class: "figure" }, canvas);
  room.server
    .blob(`${address(room, question)}/picture`)
    .then((blob) => (blob ? draw(canvas, blob) : picture.remove()))
    .catch(() => picture.remove());
  return { ...form, element: h("div", {}, picture, form.element) };
}

function number({ unit }: Question, { word }: Room): Form {
  const field = h("input", { type: "text", name: "answer", autocomplete: "off", maxlength: 200, "aria-describedby": "unit" });
  const hint = h("small", { id: "unit" }, word(unit ? "with_unit" : "without_unit"));
  return { element: h("label", { class: "typed" }, h("span", {}, word("your_answer")), field, hint), answer: () => typed(field) };
}

function short(_question: Question, { word }: Room): Form {
  const field = h("textarea", { name: "answer", rows: 3, maxlength: 2000 });
  return { element: h("label", { class: "typed" }, h("span", {}, word("your_answer")), field), answer: () => typed(field) };
}

const typed = (field: HTMLInputElement | HTMLTextAreaElement) => (field.value.trim() ? { text: field.value.trim() } : null);

// The steps in a list, moved by their buttons. The focus goes with the step.
function order({ options }: Question, { word, line, tell }: Room): Form {
  const list = h("ol", { class: "order" });
  const move = (row: HTMLElement, way: "up" | "down", step: string) => {
    if (way === "up") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    markEnds(list);
    const pressed = row.querySelector<HTMLButtonElement>(`[data-move=${way}]`)!;
    (pressed.disabled ? row.querySelector<HTMLButtonElement>("[data-move]:not(:disabled)") : pressed)?.focus();
    tell(word("moved", { step, n: [...list.children].indexOf(row) + 1 }));
  };
  for (const [n, step] of options.entries()) {
    const row = h("li", { "data-n": n }, h("span", {}, ...line(step)));
    const mover = (way: "up" | "down") => button(word(way, { step }), way === "up" ? "raise" : "lower", () => move(row, way, step), { class: "tool", "data-move": way });
    row.append(mover("up"), mover("down"));
    list.append(row);
  }
  markEnds(list);
  return { element: list, answer: () => ({ chosen: [...list.querySelectorAll("li")].map(({ dataset }) => Number(dataset.n)) }) };
}

function markEnds(list: HTMLElement): void {
  const rows = [...list.children];
  rows.forEach((row, n) => {
    row.querySelector<HTMLButtonElement>("[data-move=up]")!.disabled = n === 0;
    row.querySelector<HTMLButtonElement>("[data-move=down]")!.disabled = n === rows.length - 1;
  });
}

export const address = ({ server }: Room, question?: Question): string =>
  `api/courses/${encodeURIComponent(server.course)}/learning${question ? `/questions/${encodeURIComponent(question.id)}` : ""}`;
