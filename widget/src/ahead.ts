// While a question is typed or spoken, the server is told the words so far and reads ahead. A guess: if it is lost, nothing is missing.
import type { Server } from "./server";

const PACE_MS = 300; // between two drafts within a word; at its end one goes at once
const LEAST = 3; // characters
const WORD_ENDS = /[\s?!.,;:？！。，；：]$/;

export class Ahead {
  readonly name = crypto.getRandomValues(new Uint32Array(4)).join("");
  #told = "";
  #words = "";
  #last = 0;
  #due = 0;

  constructor(private readonly server: Server) {}

  // Not put off by every key: who types evenly never pauses.
  typed(words: string, conversation: string): void {
    this.#words = words.trimStart();
    const wait = WORD_ENDS.test(this.#words) ? 0 : this.#last + PACE_MS - performance.now();
    if (wait <= 0) this.#tell(conversation);
    else this.#due ||= window.setTimeout(() => this.#tell(conversation), wait);
  }

  // The question was asked, or thrown away.
  forget(): void {
    clearTimeout(this.#due);
    this.#due = 0;
    this.#told = "";
  }

  #tell(conversation: string): void {
    clearTimeout(this.#due);
    this.#due = 0;
    this.#last = performance.now();
    if (this.#words.trim().length < LEAST || this.#words === this.#told) return;
    this.#told = this.#words;
    const { course, session } = this.server;
    const body = new URLSearchParams({ course, question: this.#words, conversation, language: session.language, draft: this.name });
    this.server.fetch("api/draft", { method: "POST", body }).catch(() => {});
  }
}
