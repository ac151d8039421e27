// Answers read aloud, when it is asked for or while they are written: one at a time. The sentence that sounds is marked, and
// when the student breaks in, so is the rest that was not spoken.
import { Player } from "../../ui/assets/js/player.js";
import { markSpeaking, markUnspoken, unmark, unmarkSpeaking } from "../../ui/assets/js/spoken.js";
import { h } from "./dom";
import { recall, remember } from "./memory";
import type { Server } from "./server";
import type { Turn } from "./turn";

const SPEEDS = [0.75, 1, 1.25, 1.5, 2];

export class Aloud {
  #player: Player;
  #turn: Turn | null = null;
  #reading: AbortController | null = null;

  #silenced: Turn | null = null; // the student broke into it: what of it comes later is not played

  constructor(
    private readonly server: Server,
    private readonly textOf: (turn: Turn) => Element | null,
    private readonly changed: (turn: Turn) => void,
    private readonly trouble: (message: string) => void,
  ) {
    this.#player = new Player(async (address) => (await server.fetch(address)).arrayBuffer());
    const kept = Number(recall(server, "speed"));
    if (SPEEDS.includes(kept)) this.#player.speed = kept;
    this.#player.addEventListener("sentence", ({ detail }: CustomEventInit<string>) => markSpeaking(this.#text, detail ?? ""));
    this.#player.addEventListener("playing", () => this.#turn && this.changed(this.#turn));
    this.#player.addEventListener("idle", () => this.#reading || this.#release());
  }

  // A choice of how quickly it speaks, from the next sentence on; this browser remembers it.
  speedChoice(label: string): HTMLElement {
    const options = SPEEDS.map((speed) => h("option", { value: speed, selected: speed === this.#player.speed }, `${speed} ×`));
    const change = () => remember(this.server, "speed", String((this.#player.speed = Number(choice.value))));
    const choice: HTMLSelectElement = h("select", { class: "speed", "aria-label": label, title: label, "data-do": "speed", on: { change } }, ...options);
    return choice;
  }

  // The spoken answer as a file.
  async save(turn: Turn): Promise<void> {
    try {
      const response = await this.server.fetch("api/read-aloud/file", { method: "POST", body: this.#words(turn) });
      const address = URL.createObjectURL(await response.blob());
      h("a", { href: address, download: "answer.wav" }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000); // a browser may ask first where to put it
    } catch (error) {
      this.trouble((error as Error).message);
    }
  }

  get sounding(): boolean {
    return this.#player.playing || this.#reading !== null;
  }

  // Must be called where the student has pressed something, or the browser keeps the sound back.
  wake(): void {
    this.#player.wake();
  }

  // A sentence of an answer that is being written.
  add(turn: Turn, sound: string, sentence: string): void {
    if (turn === this.#silenced) return;
    if (this.#turn !== turn) {
      this.stop();
      this.#begin(turn);
    }
    void this.#player.add(sound, sentence);
  }

  // Silence at once; the rest of the answer is marked as not spoken.
  hush(turn: Turn | null): void {
    const { now } = this.#player;
    const text = this.#text;
    this.#silenced = turn;
    if (this.stop() && now?.said) markUnspoken(text, now.said, now.share);
  }

  toggle(turn: Turn): void {
    const same = this.#turn === turn;
    this.stop();
    if (!same) void this.#read(turn);
  }

  stop(): boolean {
    const sounded = this.#turn !== null;
    this.#reading?.abort();
    this.#reading = null;
    this.#player.stop();
    this.#release();
    return sounded;
  }

  async #read(turn: Turn): Promise<void> {
    this.#player.wake();
    this.#begin(turn);
    const mine = (this.#reading = new AbortController());
    try {
      let last = Promise.resolve();
      for await (const { name, value } of this.server.events("api/read-aloud", this.#words(turn), mine.signal)) {
        if (name === "spoke") last = this.#player.add(value.sound, value.sentence);
        if (name === "error") this.trouble(value.message);
      }
      await last;
    } catch (error) {
      if (!mine.signal.aborted) this.trouble((error as Error).message);
    }
    if (this.#reading !== mine) return;
    this.#reading = null;
    if (!this.#player.playing) this.#release();
  }

  #words({ text, language }: Turn): URLSearchParams {
    return new URLSearchParams({ text, language: language || this.server.session.language });
  }

  get #text(): () => Element | null {
    const turn = this.#turn;
    return () => turn && this.textOf(turn);
  }

  #begin(turn: Turn): void {
    unmark();
    this.#turn = turn;
    this.#set(turn, true);
  }

  #release(): void {
    const turn = this.#turn;
    this.#turn = null;
    unmarkSpeaking();
    if (turn) this.#set(turn, false);
  }

  #set(turn: Turn, listening: boolean): void {
    turn.listening = listening;
    this.changed(turn);
  }
}
