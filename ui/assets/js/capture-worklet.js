// Runs beside the page: the microphone's samples as mono 16-bit pieces of a thirtieth of a second.
class Capture extends AudioWorkletProcessor {
  #piece = new Int16Array(Math.round(sampleRate / 31.25));
  #filled = 0;

  process([channels]) {
    for (let at = 0; at < (channels[0]?.length ?? 0); at++) {
      let sample = 0;
      for (const channel of channels) sample += channel[at];
      this.#piece[this.#filled++] = Math.max(-1, Math.min(1, sample / channels.length)) * 32767;
      if (this.#filled === this.#piece.length) this.#send();
    }
    return true;
  }

  #send() {
    const full = this.#piece;
    this.#piece = new Int16Array(full.length);
    this.#filled = 0;
    this.port.postMessage(full.buffer, [full.buffer]);
  }
}

registerProcessor("coursemate-capture", Capture);
