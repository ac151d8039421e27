// The conversation: asks, keeps the turns, and goes on after a reload and in a second tab.
import { Ahead } from "./ahead";
import { place, recall, remember } from "./memory";
import type { Asked } from "./composer";
import type { Page } from "./page";
import { isRefused, type Server } from "./server";
import type { StoredTurn } from "./told";
import { Turn } from "./turn";

export interface Watcher {
  began(turn: Turn): void;
  changed(turn: Turn): void;
  ended(turn: Turn, asked: Asked): void;
  loaded(turns: Turn[]): void;
  spoke(turn: Turn, sound: string, sentence: string): void;
}

export class Conversation {
  #id = "";
  #running: AbortController | null = null;
  readonly #ahead: Ahead;

  constructor(private readonly server: Server, private readonly watcher: Watcher, private readonly lost: string) {
    this.#id = recall(server, "conversation");
    this.#ahead = new Ahead(server);
    addEventListener("storage", this.#elsewhere);
  }

  get id(): string {
    return this.#id;
  }

  get running(): boolean {
    return this.#running !== null;
  }

  async load(): Promise<void> {
    const id = this.#id;
    if (!id) return this.watcher.loaded([]);
    try {
      const path = `api/conversations/${encodeURIComponent(id)}?language=${this.server.session.language}`;
      const { turns } = await this.server.json<{ turns: StoredTurn[] }>(path);
      const made = turns.map(Turn.stored);
      await Promise.all(turns.map(async ({ picture }, i) => picture && (made[i]!.picture = await this.server.blob(picture).catch(() => null))));
      if (id === this.#id) this.watcher.loaded(made);
    } catch (error) {
      if (id !== this.#id) return;
      if (isRefused(error)) this.#id = ""; // it is not there any more, or not this student's
      this.watcher.loaded([]);
    }
  }

  // Words that are not asked yet.
  typed(words: string): void {
    this.#ahead.typed(words, this.#id);
  }

  async ask(asked: Asked, page: Page | null): Promise<void> {
    this.stop();
    this.#ahead.forget();
    const turn = new Turn(asked.text, asked.spoken);
    turn.recorded = asked.sound !== null;
    turn.picture = asked.picture;
    const mine = (this.#running = new AbortController());
    this.watcher.began(turn);
    try {
      for await (const told of this.server.events("api/ask", this.#form(asked, page), mine.signal)) {
        if (told.name === "begun") remember(this.server, "conversation", (this.#id = told.value.conversation));
        if (told.name === "spoke") this.watcher.spoke(turn, told.value.sound, told.value.sentence);
        turn.take(told);
        this.watcher.changed(turn);
      }
      if (!turn.finished) turn.fail({ code: "lost", message: this.lost });
    } catch (error) {
      if (mine.signal.aborted) turn.stage = "stopped";
      else turn.fail(isRefused(error) ? error.failure : { code: "lost", message: this.lost });
    }
    if (this.#running === mine) this.#running = null;
    this.watcher.ended(turn, asked);
  }

  // Leaving the connection stops the model.
  stop(): boolean {
    const running = this.#running;
    running?.abort();
    return running !== null;
  }

  async rate(turn: Turn, rating: number): Promise<void> {
    turn.rating = rating;
    this.watcher.changed(turn);
    await this.server.json("api/feedback", { conversation: this.#id, turn: turn.id, rating });
  }

  clear(): void {
    this.stop();
    this.#id = "";
    this.server.forget();
    this.watcher.loaded([]);
  }

  leave(): void {
    this.stop();
    this.#ahead.forget();
    removeEventListener("storage", this.#elsewhere);
  }

  #form(asked: Asked, page: Page | null): FormData {
    const form = new FormData();
    const told = { course: this.server.course, question: asked.text, language: this.server.session.language, conversation: this.#id, draft: this.#ahead.name };
    const seen = page ? { page_title: page.title, page_heading: page.heading, selected: page.selection } : {};
    for (const [name, value] of Object.entries({ ...told, ...seen })) if (value) form.append(name, value);
    if (asked.way !== "explain") form.append("way", asked.way);
    if (asked.aloud) form.append("speak", "true");
    if (asked.sound) form.append("audio", asked.sound, "question");
    if (asked.picture) form.append("image", asked.picture, "picture");
    return form;
  }

  // Another tab began, went on with, or left the conversation.
  #elsewhere = ({ key, newValue }: StorageEvent): void => {
    if (key !== place(this.server, "conversation") || this.running || newValue === this.#id) return;
    this.#id = newValue ?? "";
    void this.load();
  };
}
