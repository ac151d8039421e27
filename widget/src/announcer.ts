// The answer for those who listen to the screen: sentence by sentence, not letter by letter.
import { h } from "./dom";
import type { Say } from "./told";
import type { Turn } from "./turn";

const SENTENCE_END = /[.!?。！？]["”』」)]*(?:\s|$)|\n\n/g;

export class Announcer {
  readonly element = h("div", { class: "sr", role: "log", "aria-live": "polite" });
  #said = 0;
  #stage = "";

  constructor(private readonly say: Say) {}

  forget(): void {
    this.#said = 0;
    this.#stage = "";
    this.element.replaceChildren();
  }

  tell(turn: Turn): void {
    if (turn.stage !== this.#stage && !turn.finished && turn.stage !== "writing") this.note(this.say(`stage_${turn.stage}`, { what: turn.waiting }));
    this.#stage = turn.stage;
    if (!turn.found && turn.finished) return this.note(this.say("not_found"));
    let end = turn.finished ? turn.text.length : 0;
    if (!turn.finished) for (const found of turn.text.matchAll(SENTENCE_END)) end = found.index + found[0].length;
    if (end > this.#said) this.note(turn.text.slice(this.#said, end).replace(/\s*\[\d+(?:\s*,\s*\d+)*\]/g, "").replace(/[*_`#]+/g, "").trim());
    this.#said = Math.max(this.#said, end);
    if (turn.stage === "done" && turn.citations.length) this.note(this.say("answer_done", { n: turn.citations.length }));
  }

  note(words: string): void {
    if (words) this.element.append(h("p", {}, words));
  }
}
