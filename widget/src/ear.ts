// The words of a question while it is spoken. Where the host page's policy or the network lets no socket through there are
// none, and the recording that is made beside it goes to the server whole.
export interface Hears {
  ready?(): void;
  began?(): void;
  partial(words: string): void;
  final?(words: string): void; // none: it was no speech
  closed?(message: string): void; // by the other side, which may have said why
}

import type { Server } from "./server";

const PATIENCE_MS = 15_000; // for the last words, once all was said
const READY_MS = 3_000; // for a server that did not even say that it listens
const RATE = 16_000; // Hz; what the server listens in
const MOST_HELD = 400; // pieces of a thirtieth of a second, spoken before the server listens

export class Ear {
  #socket: WebSocket | null = null;
  #context: AudioContext | null = null;
  #held: (ArrayBuffer | string)[] = [];
  #ready = false;
  #closed = false;
  #analyser: AnalyserNode | null = null;
  #last: (words: string) => void = () => {};

  // By itself, a pause ends each question; otherwise `finish` does, once.
  constructor(private readonly server: Server, stream: MediaStream, private readonly byItself: boolean, private readonly hears: Hears) {
    this.#open(stream).catch(() => this.#fail());
  }

  get ready(): boolean {
    return this.#ready;
  }

  // How loud it is now, from 0 to about 1.
  get level(): number {
    if (!this.#analyser || this.#closed) return 0;
    const samples = new Float32Array(this.#analyser.fftSize);
    this.#analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  }

  // All was said: the words, or none where the recording has to do.
  async finish(): Promise<string> {
    if (this.#closed) return "";
    const words = new Promise<string>((resolve) => (this.#last = resolve));
    const late = setTimeout(() => this.close(), this.#ready ? PATIENCE_MS : READY_MS);
    this.#send('{"type":"end"}');
    const told = await words;
    clearTimeout(late);
    this.close();
    return told;
  }

  close(): void {
    this.#closed = true;
    this.#last("");
    this.#socket?.close();
    if (this.#context && this.#context.state !== "closed") void this.#context.close();
  }

  async #open(stream: MediaStream): Promise<void> {
    const source = this.#source(stream);
    await this.#context!.audioWorklet.addModule(this.server.address("coursemate/js/capture-worklet.js"));
    const capture = new AudioWorkletNode(this.#context!, "coursemate-capture", { numberOfOutputs: 0 });
    capture.port.onmessage = ({ data }) => this.#send(data as ArrayBuffer);
    source.connect(capture);
    source.connect((this.#analyser = this.#context!.createAnalyser()));
    this.#connect();
  }

  // Firefox connects no microphone to a context of another rate than the device's; the server takes any.
  #source(stream: MediaStream): MediaStreamAudioSourceNode {
    try {
      this.#context = new AudioContext({ sampleRate: RATE });
      return this.#context.createMediaStreamSource(stream);
    } catch {
      void this.#context?.close();
      this.#context = new AudioContext();
      return this.#context.createMediaStreamSource(stream);
    }
  }

  #connect(): void {
    if (this.#closed) return;
    const { course, session } = this.server;
    const socket = (this.#socket = new WebSocket(this.server.address("api/listen").replace(/^http/, "ws")));
    const start = { type: "start", course, rate: this.#context!.sampleRate, by_itself: this.byItself, token: session.token };
    socket.onopen = () => socket.send(JSON.stringify(start));
    socket.onclose = () => this.#fail();
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data as string));
  }

  #fail(message = ""): void {
    const already = this.#closed;
    this.close();
    if (!already) this.hears.closed?.(message);
  }

  #hear({ type, text = "", message = "" }: { type: string; text?: string; message?: string }): void {
    if (this.#closed) return;
    if (type === "ready") {
      this.#ready = true;
      for (const piece of this.#held.splice(0)) this.#send(piece);
      this.hears.ready?.();
    }
    if (type === "began") this.hears.began?.();
    if (type === "partial") this.hears.partial(text);
    if (type === "final" || (type === "nothing" && this.byItself)) {
      this.#last(text);
      this.hears.final?.(text);
    } else if (type === "nothing") this.close();
    if (type === "error") this.#fail(message);
  }

  #send(piece: ArrayBuffer | string): void {
    if (this.#ready) this.#socket!.readyState === WebSocket.OPEN && this.#socket!.send(piece);
    else if (this.#held.length < MOST_HELD) this.#held.push(piece);
    else this.#fail();
  }
}
