// The microphone: opened with a word about what went wrong if it cannot be, read in small pieces, closed for good.
const hearing = 16_000; // Hz; what the server listens in
const wishes = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } };
const troubles = {
  NotAllowedError: "microphone_denied",
  SecurityError: "microphone_denied",
  NotFoundError: "microphone_missing",
  OverconstrainedError: "microphone_missing",
  NotReadableError: "microphone_busy",
};

// A stream of the microphone. Throws an Error whose message is the key of the words to show.
export async function openMicrophone() {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("microphone_unavailable");
  try {
    return await navigator.mediaDevices.getUserMedia(wishes);
  } catch (error) {
    throw new Error(troubles[error.name] ?? "microphone_failed");
  }
}

export function canStream() {
  return Boolean(window.AudioWorkletNode && window.WebSocket);
}

// Events: "piece" (detail: ArrayBuffer of 16-bit samples), "gone" when the device was pulled out.
export class Microphone extends EventTarget {
  #stream;
  #context;
  #analyser;
  #samples;

  static async open() {
    const microphone = new Microphone();
    microphone.#stream = await openMicrophone();
    try {
      await microphone.#connect();
    } catch {
      microphone.close();
      throw new Error("microphone_failed");
    }
    return microphone;
  }

  get rate() {
    return this.#context.sampleRate;
  }

  // How loud it is now, from 0 to about 1.
  get level() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return Math.sqrt(this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length);
  }

  close() {
    for (const track of this.#stream.getTracks()) track.stop();
    if (this.#context && this.#context.state !== "closed") this.#context.close();
  }

  async #connect() {
    const source = this.#source();
    await this.#context.audioWorklet.addModule(new URL("./capture-worklet.js", import.meta.url));
    const capture = new AudioWorkletNode(this.#context, "coursemate-capture", { numberOfOutputs: 0 });
    capture.port.addEventListener("message", ({ data }) => this.dispatchEvent(new CustomEvent("piece", { detail: data })));
    capture.port.start();
    this.#analyser = this.#context.createAnalyser();
    this.#samples = new Float32Array(this.#analyser.fftSize);
    source.connect(capture);
    source.connect(this.#analyser);
    for (const track of this.#stream.getTracks()) track.addEventListener("ended", () => this.dispatchEvent(new Event("gone")));
    await this.#context.resume();
  }

  // Firefox connects no microphone to a context of another rate than the device's; the server takes any.
  #source() {
    try {
      this.#context = new AudioContext({ sampleRate: hearing });
      return this.#context.createMediaStreamSource(this.#stream);
    } catch {
      this.#context?.close();
      this.#context = new AudioContext();
      return this.#context.createMediaStreamSource(this.#stream);
    }
  }
}
