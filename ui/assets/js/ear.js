// A microphone joined to the server's ear. What is heard comes as events while it is spoken.
import { Microphone } from "./microphone.js";

const patience = 5_000; // ms for the server to say that it listens

// Events: "began", "partial" {text}, "final" {text, language}, "nothing", "trouble" {words or key}. After a trouble it is closed.
export class Ear extends EventTarget {
  #microphone;
  #socket;
  #closed = false;
  text = ""; // the words so far of the question being spoken

  // Throws an Error whose message is the key of the words to show, or whose `words` are what the server said.
  static async open(course, { byItself = true } = {}) {
    const ear = new Ear();
    ear.#microphone = await Microphone.open();
    try {
      await ear.#connect(course, byItself);
    } catch (error) {
      ear.close();
      throw error;
    }
    return ear;
  }

  level() {
    return this.#closed ? 0 : this.#microphone.level;
  }

  // This was all: the final words come at once.
  finish() {
    this.#send('{"type":"end"}');
  }

  // Until `finish`, no pause ends the question.
  hold() {
    this.#send('{"type":"hold"}');
  }

  drop() {
    this.text = "";
    this.#send('{"type":"drop"}');
  }

  close() {
    this.#closed = true;
    this.#microphone.close();
    this.#socket?.close();
  }

  async #connect(course, byItself) {
    const address = new URL("api/listen", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    this.#socket = socketTo(address);
    this.#socket.binaryType = "arraybuffer";
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("lost")), patience);
      this.#socket.addEventListener("error", () => reject(new Error("lost")));
      this.#socket.addEventListener("close", () => reject(new Error("lost")));
      this.#socket.addEventListener("open", () =>
        this.#send(JSON.stringify({ type: "start", course, rate: this.#microphone.rate, by_itself: byItself })),
      );
      this.#socket.addEventListener("message", ({ data }) => {
        clearTimeout(late);
        const told = JSON.parse(data);
        told.type === "ready" ? resolve() : reject(Object.assign(new Error("refused"), { words: told.message }));
      }, { once: true });
    });
    this.#socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(data)));
    this.#socket.addEventListener("close", () => this.#fail({ key: "listening_lost" }));
    this.#microphone.addEventListener("piece", ({ detail }) => this.#send(detail));
    this.#microphone.addEventListener("gone", () => this.#fail({ key: "microphone_gone" }));
  }

  #hear(told) {
    if (this.#closed) return;
    if (told.type === "began") this.text = "";
    if (told.text !== undefined) this.text = told.text;
    if (told.type === "error") return this.#fail({ words: told.message });
    this.dispatchEvent(new CustomEvent(told.type, { detail: told }));
  }

  #fail(detail) {
    if (this.#closed) return;
    this.close();
    this.dispatchEvent(new CustomEvent("trouble", { detail }));
  }

  #send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(message);
  }
}

function socketTo(address) {
  try {
    return new WebSocket(address);
  } catch {
    throw new Error("lost"); // the page may not open any
  }
}
