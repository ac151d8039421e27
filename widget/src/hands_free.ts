// Talking hands-free: the microphone stays open, a pause sends the question, and speaking silences the answer.
import { Ear } from "./ear";
import { openMicrophone, type Trouble } from "./recorder";
import type { Server } from "./server";

export type Mood = "opening" | "listening" | "thinking" | "speaking";

// What it needs of what is around it.
export interface Room {
  server: Server;
  answering(): boolean;
  sounding(): boolean;
  hush(): void;
  words(words: string): void; // so far
  ask(words: string): void;
  draw(mood: Mood): void;
  broke(trouble: Trouble | null, message: string): void; // after which it is closed
}

export class HandsFree {
  #ear: Ear | null = null;
  #stream: MediaStream | null = null;
  #speaking = false; // the student
  #closed = false;

  constructor(private readonly room: Room) {
    room.draw("opening");
    void this.#open();
  }

  get level(): number {
    return this.#ear?.level ?? 0;
  }

  // To be called when the answer or its sound began or ended.
  redraw(): void {
    const { room } = this;
    if (this.#closed || !this.#ear?.ready) return;
    if (this.#speaking) room.draw("listening");
    else room.draw(room.sounding() ? "speaking" : room.answering() ? "thinking" : "listening");
  }

  close(): void {
    this.#closed = true;
    this.#ear?.close();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
  }

  async #open(): Promise<void> {
    try {
      this.#stream = await openMicrophone();
    } catch (trouble) {
      return this.#break(trouble as Trouble);
    }
    if (this.#closed) return this.close(); // ended while the browser asked for the microphone
    for (const track of this.#stream.getTracks()) track.addEventListener("ended", () => this.#break("microphone_gone"));
    this.#ear = new Ear(this.room.server, this.#stream, true, {
      ready: () => this.redraw(),
      began: () => this.#began(),
      partial: (words) => this.room.words(words),
      final: (words) => this.#heard(words),
      closed: (message) => this.#break("listening_lost", message),
    });
  }

  #began(): void {
    this.#speaking = true;
    this.room.hush();
    this.room.words("");
    this.redraw();
  }

  // Without words it was no speech.
  #heard(words: string): void {
    this.#speaking = false;
    if (words) this.room.ask(words);
    this.redraw();
  }

  #break(trouble: Trouble, message = ""): void {
    if (this.#closed) return;
    this.close();
    this.room.broke(message ? null : trouble, message);
  }
}
