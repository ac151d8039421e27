// Practice in the panel: one question after the other, each with its reason, graded by the server, until the student has enough.
// A script of its own, which is fetched when a student first practises.
import { Watch } from "../../../ui/assets/js/learn/watch.js";
import { h } from "../dom";
import { address, formOf, type Form } from "./kinds";
import { outcomeOf, percent, placeButton } from "./outcome";
import styles from "./practice.css";
import type { Outcome, Room, Step } from "./wire";

const SURENESS = ["guess", "unsure", "sure"] as const;
export const STYLES = new CSSStyleSheet();
STYLES.replaceSync(styles);

// A question while it is worked on.
interface Work {
  step: Step;
  form: Form;
  watch: Watch;
  sure: HTMLElement;
  error: HTMLElement;
  check: HTMLButtonElement;
  pane: HTMLElement;
  hints: number;
}

export class Practice {
  readonly element = h("div", { class: "practice" });
  #asked = 0;
  #points = 0;
  #under = false; // a question, an answer or a summary is shown

  constructor(private readonly room: Room) {}

  // Goes on where it was left.
  async begin(): Promise<void> {
    if (!this.#under) await this.#next();
    this.focus();
  }

  focus(): void {
    this.element.querySelector<HTMLElement>("h3")?.focus({ preventScroll: true });
  }

  async #next(): Promise<void> {
    const { room } = this;
    room.trouble("");
    try {
      const { steps } = await room.server.json<{ steps: Step[] }>(`${address(room)}/next`, {});
      if (steps[0]?.question) this.#show(steps[0]);
      else await this.#nothing();
    } catch (error) {
      room.trouble(room.reason(error));
    }
  }

  #show(step: Step): void {
    const { word, line, finish } = this.room;
    const work: Work = {
      step,
      form: formOf(step.question, this.room),
      watch: new Watch(),
      sure: surenessOf(this.room),
      error: h("p", { class: "error", role: "alert", hidden: true }),
      check: h("button", { class: "primary" }, word("check")),
      pane: h("form", { novalidate: true, on: { submit: (event) => (event.preventDefault(), void this.#send(work)) } }),
      hints: 0,
    };
    const hints = h("div", { class: "hints", "aria-live": "polite" });
    const help: HTMLButtonElement = h("button", { type: "button", class: "plain", "data-do": "hint", on: { click: () => void this.#hint(work, hints, help) } }, word("hint"));
    const toRead = step.kind === "lesson" && step.places.length > 0 && h("div", { class: "to-read" }, h("h4", {}, word("read_first")), ...step.places.map((place) => placeButton(place, this.room)));
    work.pane.append(
      h("p", { class: "soft" }, h("b", {}, step.title), ` · ${word("number", { n: this.#asked + 1 })}`),
      h("p", { class: "soft" }, step.reason.text),
      ...[toRead].filter((part) => part !== false),
      h("h3", { class: "question-text", tabindex: -1 }, ...line(step.question.text)),
      work.form.element,
      hints,
      work.sure,
      work.error,
      h("div", { class: "row" }, work.check, help),
    );
    this.#draw(work.pane);
    finish(work.pane);
    this.focus();
  }

  async #hint(work: Work, hints: HTMLElement, help: HTMLButtonElement): Promise<void> {
    const { room } = this;
    help.disabled = true;
    try {
      const given = await room.server.json<{ rung: number; of: number; text: string; place: Step["places"][0] | null }>(`${address(room, work.step.question)}/hints/${work.hints + 1}`, {});
      work.hints = given.rung;
      hints.append(h("div", { class: "hint" }, h("p", {}, ...room.line(given.text)), given.place && placeButton(given.place, room)));
      room.finish(hints);
      help.disabled = given.rung >= given.of;
      help.textContent = help.disabled ? room.word("no_more_hints") : room.word("hint_next", { n: given.of - given.rung });
    } catch (error) {
      help.textContent = room.word("no_hints");
      room.tell(room.reason(error));
    }
  }

  async #send(work: Work): Promise<void> {
    const { room } = this;
    const given = work.form.answer();
    tell(work.error, given ? "" : room.word("answer_first"));
    if (!given || work.check.disabled) return;
    work.check.disabled = true;
    const seconds = Math.min(7200, Math.max(1, work.watch.seconds()));
    const confidence = work.sure.querySelector<HTMLInputElement>(":checked")?.value;
    try {
      const body = { question: work.step.question.id, ...given, hints: work.hints, seconds, confidence };
      this.#answered(work, await room.server.json<Outcome>(`${address(room)}/answer`, body), seconds);
    } catch (error) {
      work.check.disabled = false;
      tell(work.error, room.reason(error));
    }
  }

  #answered(work: Work, outcome: Outcome, seconds: number): void {
    const { room } = this;
    this.#asked += 1;
    this.#points += outcome.score;
    for (const field of work.pane.querySelectorAll<HTMLInputElement>("input, textarea, [data-move]")) field.disabled = true;
    work.check.parentElement!.remove();
    work.sure.remove();
    const shown = outcomeOf(work.step, outcome, seconds, work.form.element, room);
    const go: HTMLButtonElement = h("button", { type: "button", class: "primary", "data-do": "next", on: { click: () => void this.#goOn(go) } }, room.word("next_question"));
    const enough = h("button", { type: "button", class: "plain", "data-do": "enough", on: { click: () => this.#over(room.word("enough")) } }, room.word("enough"));
    const onward = h("div", { class: "row" }, go, enough);
    this.element.append(shown, onward);
    room.finish(shown);
    room.answered(work.step.question, outcome.score);
    go.focus({ preventScroll: true });
    // The way on is in view, and of a long explanation its beginning.
    onward.scrollIntoView({ block: "nearest" });
    if (shown.getBoundingClientRect().top < this.element.getBoundingClientRect().top) shown.scrollIntoView({ block: "start" });
  }

  async #goOn(go: HTMLButtonElement): Promise<void> {
    go.disabled = true;
    await this.#next();
    go.disabled = false; // where there was trouble it is still here
  }

  // Nothing fits, or nothing was ever there.
  async #nothing(): Promise<void> {
    const { room } = this;
    const { concepts } = await room.server.json<{ concepts: { questions: number }[] }>(`${address(room)}/progress`);
    if (concepts.some(({ questions }) => questions)) return this.#over(room.word(this.#asked ? "nothing_more" : "all_done"));
    const missing = concepts.length ? (["no_questions", "no_questions_student"] as const) : (["no_map", "no_map_student"] as const);
    this.#end(room.word(missing[0]), room.word(missing[1]));
  }

  #over(title: string): void {
    const { word } = this.room;
    const told = this.#asked ? word("session", { n: this.#asked, percent: percent(this.#points / this.#asked) }) : word("all_done_lead");
    this.#asked = this.#points = 0;
    this.#end(title, told);
  }

  #end(title: string, told: string): void {
    const { room } = this;
    const back = h("button", { type: "button", class: "primary", "data-do": "back", on: { click: () => room.back() } }, room.word("back"));
    this.#draw(h("div", { class: "over" }, h("h3", { tabindex: -1 }, title), h("p", {}, told), h("div", { class: "row" }, back)));
    this.#under = false;
    room.tell(`${title} ${told}`);
    this.focus();
  }

  #draw(part: HTMLElement): void {
    this.#under = true;
    this.element.replaceChildren(part);
    this.element.scrollTop = 0;
  }
}

function surenessOf({ word }: Room): HTMLElement {
  const rows = SURENESS.map((value) => h("label", { class: "sure" }, h("input", { type: "radio", name: "sure", value }), h("span", {}, word(`sure_${value}`))));
  return h("fieldset", {}, h("legend", { class: "soft" }, word("how_sure")), h("div", { class: "sureness" }, ...rows));
}

function tell(error: HTMLElement, message: string): void {
  error.hidden = !message;
  error.textContent = message;
}
