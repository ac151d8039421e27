// Plays sounds one after the other without a gap: each is decoded while the one before it still plays.
export class Player extends EventTarget {
  #context = null;
  #queue = Promise.resolve();
  #sources = new Set();
  #end = 0;
  #round = 0;

  get playing() {
    return this.#sources.size > 0;
  }

  // Must first be called where the reader has pressed something, or the browser keeps the sound back.
  add(address) {
    this.#context ??= new AudioContext();
    const round = this.#round;
    const fetched = fetch(address).then((response) => response.arrayBuffer());
    this.#queue = this.#queue
      .then(async () => {
        const sound = await this.#context.decodeAudioData(await fetched);
        if (round === this.#round) this.#schedule(sound);
      })
      .catch((error) => console.warn("a sound could not be played", error));
    return this.#queue;
  }

  stop() {
    this.#round += 1;
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
    this.#end = 0;
    this.dispatchEvent(new Event("idle"));
  }

  #schedule(sound) {
    this.#context.resume();
    const source = this.#context.createBufferSource();
    source.buffer = sound;
    source.connect(this.#context.destination);
    source.addEventListener("ended", () => this.#ended(source));
    this.#end = Math.max(this.#end, this.#context.currentTime + 0.03);
    source.start(this.#end);
    this.#end += sound.duration;
    this.#sources.add(source);
    this.dispatchEvent(new Event("playing"));
  }

  #ended(source) {
    this.#sources.delete(source);
    if (!this.playing) this.dispatchEvent(new Event("idle"));
  }
}
