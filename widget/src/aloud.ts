// Answers read aloud, when it is asked for or while they are written: one at a time. The sentence that sounds is marked, and
// when the student breaks in, so is the rest that was not spoken.
import { Player } from "../../ui/assets/js/player.js";
import { markSpeaking, markUnspoken, unmark, unmarkSpeaking } from "../../ui/assets/js/spoken.js";
import type { Server } from "./server";
import type { Turn } from "./turn";

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
    this.#player.addEventListener("sentence", ({ detail }: CustomEventInit<string>) => markSpeaking(this.#text, detail ?? ""));
    this.#player.addEventListener("playing", () => this.#turn && this.changed(this.#turn));
    this.#player.addEventListener("idle", () => this.#reading || this.#release());
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
      const body = new URLSearchParams({ text: turn.text, language: turn.language || this.server.session.language });
      let last = Promise.resolve();
      for await (const { name, value } of this.server.events("api/read-aloud", body, mine.signal)) {
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
