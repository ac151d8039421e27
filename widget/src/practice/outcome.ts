// A graded answer: the mark, what it rests on, the passage, what it moved, and the way to say that it is wrong.
import { h } from "../dom";
import { icon } from "../icons";
import { address } from "./kinds";
import type { Outcome, Place, Question, Room, Step } from "./wire";

export const percent = (share: number): string => `${Math.round(100 * share)} %`;

export function outcomeOf({ question, title }: Step, told: Outcome, seconds: number, form: HTMLElement, room: Room): HTMLElement {
  const head = headOf(told, room);
  paint(question, told, form, room);
  room.tell(head);
  return h(
    "section",
    { class: `outcome ${told.score >= 1 ? "is-right" : "is-wrong"}` },
    h("h3", {}, icon(told.score >= 1 ? "done" : "attention"), h("span", {}, head)),
    told.unclear ? h("p", {}, room.word("unclear")) : findings(question, told, room),
    passage(told, room),
    moved(title, told, seconds, room),
    disagree(question, room),
  );
}

// A place of the course, which opens beside the panel.
export function placeButton(place: Place, { open }: Room): HTMLElement {
  return h("button", { type: "button", class: "place-button", on: { click: () => open(place) } }, icon("page"), h("span", {}, [place.title, place.label].filter(Boolean).join(" · ")));
}

function headOf({ score, unclear }: Outcome, { word }: Room): string {
  if (unclear) return word("not_understood");
  if (score >= 1) return word("right");
  return score > 0 ? word("partly", { percent: Math.round(100 * score) }) : word("wrong");
}

// The options themselves say which were right.
function paint({ kind }: Question, told: Outcome, form: HTMLElement, { word }: Room): void {
  if (kind === "order") return;
  for (const row of form.querySelectorAll<HTMLElement>(".option")) {
    const right = told.right.includes(Number(row.dataset.n));
    const taken = row.querySelector("input")!.checked;
    if (!right && !taken) continue;
    row.classList.add(right ? "is-right" : "is-wrong");
    row.append(h("span", { class: "tag" }, word(right ? "is_right" : "is_wrong")));
  }
}

function findings({ kind, options }: Question, told: Outcome, { word, line }: Room): HTMLElement | null {
  if (kind === "order") {
    const right = told.right.map((n) => h("li", {}, ...line(options[n]!)));
    return told.score < 1 ? h("div", {}, h("h4", {}, word("right_order")), h("ol", { class: "right-order" }, ...right)) : null;
  }
  if (kind !== "number" && kind !== "short") return null;
  const rows = told.findings.map(({ what, met, text }) => h("li", { class: met ? "is-met" : "is-missed" }, icon(met ? "done" : "close"), h("span", {}, h("b", {}, ...line(what)), ` ${text}`)));
  return h("ul", { class: "findings" }, ...rows);
}

function passage({ quote, place }: Outcome, room: Room): HTMLElement | null {
  if (!place) return null;
  const quoted = quote && h("blockquote", {}, ...room.line(quote));
  return h("div", {}, h("h4", {}, room.word("course_says")), quoted, placeButton(place, room));
}

function moved(concept: string, { known }: Outcome, seconds: number, { word }: Room): HTMLElement {
  const took = word("took", { n: Math.round(seconds) });
  if (!known) return h("p", { class: "soft" }, `${took} ${word("not_counted")}`);
  const shares = `${percent(known.before)} → ${percent(known.after)}`;
  return h("p", { class: "soft" }, `${word("standing", { concept })} `, h("b", {}, shares), h("br"), took);
}

function disagree(question: Question, room: Room): HTMLElement {
  const { word } = room;
  const why = h("textarea", { rows: 2, maxlength: 500, required: true });
  const send = async () => {
    try {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ why: why.value.trim() }) };
      await room.server.fetch(`${address(room, question)}/disagree`, init);
      fold.replaceWith(h("p", { class: "soft" }, word("disagreed")));
      room.tell(word("disagreed"));
    } catch (error) {
      room.trouble(room.reason(error));
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (why.value.trim()) void send();
    else why.focus();
  };
  const form = h("form", { on: { submit } }, h("label", { class: "typed" }, h("span", {}, word("disagree_why")), why), h("button", { class: "plain is-framed" }, word("disagree_send")));
  const fold = h("details", {}, h("summary", {}, word("disagree")), form);
  return fold;
}
