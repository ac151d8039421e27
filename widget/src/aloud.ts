// An answer read aloud when it is asked for: one at a time.
import { Player } from "./player";
import type { Server } from "./server";
import type { Turn } from "./turn";

export class Aloud {
  #player: Player;
  #turn: Turn | null = null;
  #reading: AbortController | null = null;

  constructor(private readonly server: Server, private readonly changed: (turn: Turn) => void, private readonly trouble: (message: string) => void) {
    this.#player = new Player((address) => server.blob(address), () => this.#reading || this.#release());
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
    this.#turn = turn;
    this.#set(turn, true);
    const mine = (this.#reading = new AbortController());
    try {
      const body = new URLSearchParams({ text: turn.text, language: turn.language || this.server.session.language });
      let last = Promise.resolve();
      for await (const { name, value } of this.server.events("api/read-aloud", body, mine.signal)) {
        if (name === "spoke") last = this.#player.add(value.sound);
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

  #release(): void {
    const turn = this.#turn;
    this.#turn = null;
    if (turn) this.#set(turn, false);
  }

  #set(turn: Turn, listening: boolean): void {
    turn.listening = listening;
    this.changed(turn);
  }
}
