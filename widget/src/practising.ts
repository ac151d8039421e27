// The way from the conversation to practice and back. The script of practice and its words are fetched when a student first practises.
import { h, type Child } from "./dom";
import { button } from "./icons";
import { line } from "./markdown";
import type { Practice } from "./practice/practice";
import type { Place, Room } from "./practice/wire";
import { isRefused, type Server } from "./server";
import { sayer, type Say } from "./told";

// What it needs of the panel.
export interface Surroundings {
  say: Say;
  server: Server;
  root: ShadowRoot;
  finish(element: HTMLElement): void;
  open(place: Place): void;
  note(words: string): void;
  trouble(message: string): void;
  answered(kind: string, score: number): void;
  turned(practising: boolean): void;
}

export class Practising {
  readonly button: HTMLButtonElement;
  readonly element = h("div", { class: "practising", hidden: true });
  #practice: Practice | null = null;
  #loading: Promise<Practice> | null = null;

  constructor(private readonly around: Surroundings) {
    const press = () => (this.on ? this.leave() : void this.begin());
    this.button = button(around.say("practise"), "learn", press, { class: "tool", "data-do": "practise", "aria-pressed": "false", hidden: !around.server.session.practises });
  }

  get on(): boolean {
    return !this.element.hidden;
  }

  async begin(): Promise<void> {
    const { around } = this;
    this.#turn(true);
    try {
      this.#practice ??= await (this.#loading ??= this.#load());
      this.element.replaceChildren(this.#practice.element);
      if (this.on) await this.#practice.begin();
    } catch (error) {
      this.#loading = null;
      this.leave();
      around.trouble(this.#reason(error));
    }
  }

  focus(): void {
    this.#practice?.focus();
  }

  // Whether there was something to leave.
  leave(): boolean {
    if (!this.on) return false;
    this.#turn(false);
    return true;
  }

  #turn(on: boolean): void {
    this.element.hidden = !on;
    this.button.setAttribute("aria-pressed", String(on));
    this.around.turned(on);
  }

  async #load(): Promise<Practice> {
    const { server, root, say } = this.around;
    this.element.replaceChildren(h("p", { class: "stage", role: "status" }, h("span", { class: "pulse" }), say("practice_loads")));
    const fetched = import(server.address(`coursemate/widget/${PRACTICE_FILE}`)) as Promise<typeof import("./practice/practice")>;
    const told = server.json<{ words: Record<string, string> }>(`api/widget/words?language=${server.session.language}`);
    const [{ Practice, STYLES }, { words }] = await Promise.all([fetched, told]);
    if (!root.adoptedStyleSheets.includes(STYLES)) root.adoptedStyleSheets.push(STYLES);
    return new Practice(this.#room(sayer({ ...words, back: say("to_chat") })));
  }

  // What the server said; a browser's own words for a lost connection are for nobody.
  #reason(error: unknown): string {
    return (isRefused(error) && error.message) || this.around.say("practice_lost");
  }

  #room(word: Say): Room {
    const { around } = this;
    return {
      server: around.server,
      word,
      line: (text): Child[] => line(text),
      finish: (element) => around.finish(element),
      open: (place) => around.open(place),
      tell: (words) => around.note(words),
      reason: (error) => this.#reason(error),
      trouble: (message) => around.trouble(message),
      answered: ({ kind }, score) => around.answered(kind, score),
      back: () => this.leave(),
    };
  }
}
