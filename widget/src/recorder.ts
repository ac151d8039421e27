// A spoken question: the level shows that something is heard; the recording is handed over when it is kept.
export type Trouble = "microphone_unavailable" | "microphone_missing" | "microphone_denied";

export class Recorder {
  #recorder: MediaRecorder;
  #context = new AudioContext();
  #kept = false;
  #over = false;

  private constructor(readonly stream: MediaStream, level: (loudness: number, seconds: number) => void, done: (sound: Blob | null) => void) {
    const pieces: Blob[] = [];
    this.#recorder = new MediaRecorder(stream);
    this.#recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
    this.#recorder.addEventListener("stop", () => {
      this.#over = true;
      for (const track of stream.getTracks()) track.stop();
      void this.#context.close();
      done(this.#kept ? new Blob(pieces, { type: this.#recorder.mimeType.split(";")[0] }) : null);
    });
    this.#recorder.start();
    this.#measure(level);
  }

  // Throws a Trouble that can be said to the student.
  static async begin(level: (loudness: number, seconds: number) => void, done: (sound: Blob | null) => void): Promise<Recorder> {
    if (!navigator.mediaDevices || !("MediaRecorder" in window)) throw "microphone_unavailable" satisfies Trouble;
    try {
      return new Recorder(await navigator.mediaDevices.getUserMedia({ audio: true }), level, done);
    } catch (error) {
      throw ((error as DOMException).name === "NotFoundError" ? "microphone_missing" : "microphone_denied") satisfies Trouble;
    }
  }

  end(keep: boolean): void {
    this.#kept = keep;
    if (!this.#over) this.#recorder.stop();
  }

  #measure(level: (loudness: number, seconds: number) => void): void {
    const analyser = this.#context.createAnalyser();
    this.#context.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const began = performance.now();
    const tick = () => {
      if (this.#over) return;
      analyser.getFloatTimeDomainData(samples);
      level(Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length), (performance.now() - began) / 1000);
      requestAnimationFrame(tick);
    };
    tick();
  }
}
