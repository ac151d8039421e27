// A spoken question: the level shows that something is heard; the recording is handed over when it is kept.
const TROUBLES = {
  NotAllowedError: "microphone_denied",
  SecurityError: "microphone_denied",
  NotFoundError: "microphone_missing",
  OverconstrainedError: "microphone_missing",
  NotReadableError: "microphone_busy",
} as const;
export type Trouble = (typeof TROUBLES)[keyof typeof TROUBLES] | "microphone_unavailable" | "microphone_failed" | "microphone_gone" | "listening_lost";

// Throws a Trouble that can be said to the student.
export async function openMicrophone(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw "microphone_unavailable" satisfies Trouble;
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
  } catch (error) {
    throw (TROUBLES[(error as DOMException).name as keyof typeof TROUBLES] ?? "microphone_failed") satisfies Trouble;
  }
}

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
    if (!("MediaRecorder" in window)) throw "microphone_unavailable" satisfies Trouble;
    const stream = await openMicrophone();
    try {
      return new Recorder(stream, level, done);
    } catch {
      for (const track of stream.getTracks()) track.stop();
      throw "microphone_failed" satisfies Trouble; // a browser that has no format for it, or a device that ended meanwhile
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
