// Plays sounds one after the other without a gap: each is decoded while the one before it still plays.
import { stretch } from "./stretch.js";

// Events: "playing", "sentence" (detail: what came with the sound that begins now), "idle".
export class Player extends EventTarget {
  speed = 1;
  #context = null;
  #queue = Promise.resolve();
  #sources = new Map(); // each with {said, begins, lasts, timer}
  #end = 0;
  #round = 0;
  #load;

  constructor(load = (address) => fetch(address).then((response) => response.arrayBuffer())) {
    super();
    this.#load = load;
  }

  get playing() {
    return this.#sources.size > 0;
  }

  // What sounds now and how much of it has: {said, share}; null in silence.
  get now() {
    const time = this.#context?.currentTime ?? 0;
    const heard = [...this.#sources.values()].filter(({ begins }) => begins <= time).at(-1);
    const first = heard ?? [...this.#sources.values()][0];
    return first ? { said: first.said, share: Math.max(0, Math.min(1, (time - first.begins) / first.lasts)) } : null;
  }

  // This or `add` must first be called where the reader has pressed something, or the browser keeps the sound back.
  wake() {
    this.#context ??= new AudioContext();
    this.#context.resume();
  }

  add(address, said = null) {
    this.#context ??= new AudioContext();
    const round = this.#round;
    const fetched = this.#load(address);
    fetched.catch(() => {}); // told below, where its turn comes
    this.#queue = this.#queue
      .then(async () => {
        const sound = await this.#context.decodeAudioData(await fetched);
        if (round === this.#round) this.#schedule(this.#paced(sound), said);
      })
      .catch((error) => console.warn("a sound could not be played", error));
    return this.#queue;
  }

  stop() {
    this.#round += 1;
    for (const [source, { timer }] of this.#sources) {
      clearTimeout(timer);
      source.stop();
    }
    this.#sources.clear();
    this.#end = 0;
    this.dispatchEvent(new Event("idle"));
  }

  #paced(sound) {
    if (this.speed === 1) return sound;
    const samples = stretch(sound.getChannelData(0), sound.sampleRate, this.speed);
    const paced = this.#context.createBuffer(1, samples.length, sound.sampleRate);
    paced.copyToChannel(samples, 0);
    return paced;
  }

  #schedule(sound, said) {
    this.#context.resume();
    const source = this.#context.createBufferSource();
    source.buffer = sound;
    source.connect(this.#context.destination);
    source.addEventListener("ended", () => this.#ended(source));
    const begins = Math.max(this.#end, this.#context.currentTime + 0.03);
    source.start(begins);
    this.#end = begins + sound.duration;
    const tell = () => this.dispatchEvent(new CustomEvent("sentence", { detail: said }));
    const timer = setTimeout(tell, (begins - this.#context.currentTime) * 1000);
    this.#sources.set(source, { said, begins, lasts: sound.duration, timer });
    this.dispatchEvent(new Event("playing"));
  }

  #ended(source) {
    this.#sources.delete(source);
    if (!this.playing) this.dispatchEvent(new Event("idle"));
  }
}
