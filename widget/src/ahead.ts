// While a question is typed, the server is told the words so far and reads ahead. A guess: if it is lost, nothing is missing.
import type { Server } from "./server";

const PAUSE_MS = 700; // between two drafts: a word or two
const LEAST = 3; // characters

export class Ahead {
  readonly name = crypto.getRandomValues(new Uint32Array(4)).join("");
  #told = "";
  #words = "";
  #due = 0;

  constructor(private readonly server: Server) {}

  // Not put off by every key: who types evenly never pauses.
  typed(words: string, conversation: string): void {
    this.#words = words.trim();
    this.#due ||= window.setTimeout(() => this.#tell(conversation), PAUSE_MS);
  }

  // The question was asked, or thrown away.
  forget(): void {
    clearTimeout(this.#due);
    this.#due = 0;
    this.#told = "";
  }

  #tell(conversation: string): void {
    this.#due = 0;
    if (this.#words.length < LEAST || this.#words === this.#told) return;
    this.#told = this.#words;
    const { course, session } = this.server;
    const body = new URLSearchParams({ course, question: this.#words, conversation, language: session.language, draft: this.name });
    this.server.fetch("api/draft", { method: "POST", body }).catch(() => {});
  }
}
