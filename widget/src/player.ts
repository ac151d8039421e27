// Plays sounds one after the other without a gap: each is decoded while the one before it still plays.
export class Player {
  #context: AudioContext | null = null;
  #queue: Promise<void> = Promise.resolve();
  #sources = new Set<AudioBufferSourceNode>();
  #end = 0;
  #round = 0;

  constructor(private readonly load: (address: string) => Promise<Blob | null>, private readonly idle: () => void) {}

  get playing(): boolean {
    return this.#sources.size > 0;
  }

  // Must be called where the student has pressed something, or the browser keeps the sound back.
  wake(): void {
    this.#context ??= new AudioContext();
    void this.#context.resume();
  }

  add(address: string): Promise<void> {
    const round = this.#round;
    const fetched = this.load(address).then((blob) => blob?.arrayBuffer());
    fetched.catch(() => {}); // told below, where its turn comes
    this.#queue = this.#queue
      .then(async () => {
        const data = await fetched;
        if (!data || !this.#context || round !== this.#round) return;
        const sound = await this.#context.decodeAudioData(data);
        if (round === this.#round) this.#schedule(this.#context, sound);
      })
      .catch((error) => console.warn("coursemate: a sound could not be played", error));
    return this.#queue;
  }

  stop(): void {
    this.#round += 1;
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
    this.#end = 0;
    this.idle();
  }

  #schedule(context: AudioContext, sound: AudioBuffer): void {
    const source = new AudioBufferSourceNode(context, { buffer: sound });
    source.connect(context.destination);
    source.addEventListener("ended", () => {
      this.#sources.delete(source);
      if (!this.playing) this.idle();
    });
    this.#end = Math.max(this.#end, context.currentTime + 0.03);
    source.start(this.#end);
    this.#end += sound.duration;
    this.#sources.add(source);
  }
}
