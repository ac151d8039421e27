// A source at its place, beside the conversation: a page of our server in a frame, so that the course's own text and the
// host page cannot reach each other.
import { h } from "./dom";
import { button, icon } from "./icons";
import type { Light } from "./light";
import type { Server } from "./server";
import type { Say } from "./told";

// A place of the course: what it is called, and where the server shows it.
export interface Shown {
  title: string;
  place: string;
  source: string;
}

export class SourcePane {
  readonly element: HTMLElement;
  readonly #title = h("h2");
  readonly #place = h("p", { class: "place" });
  readonly #room = h("div", { class: "frame" });
  #out: HTMLAnchorElement;
  #from: HTMLElement | null = null;
  #frame: HTMLIFrameElement | null = null;

  constructor(private readonly server: Server, private readonly say: Say, private readonly closed: () => void) {
    this.#out = h("a", { class: "tool", target: "_blank", rel: "noopener noreferrer", "aria-label": say("source_out"), title: say("source_out") }, icon("out"));
    const close = button(say("source_close"), "close", () => this.close(), { class: "tool" });
    const head = h("header", {}, h("div", { class: "names" }, this.#title, this.#place), this.#out, close);
    this.element = h("section", { class: "source", role: "dialog", "aria-label": say("source"), tabindex: -1, hidden: true }, head, this.#room);
    addEventListener("message", this.#told);
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  open(shown: Shown, light: Light, from: HTMLElement | null): void {
    const address = new URL(this.server.address(shown.source.replace(/^api\/courses\/([^/]+)\/source\?/, "embed/source?course=$1&")));
    address.searchParams.set("light", light);
    this.#from = from;
    this.#title.textContent = shown.title;
    this.#place.textContent = shown.place;
    this.#out.href = address.href;
    this.#frame = h("iframe", { src: address.href, title: this.say("source_of", { title: shown.title, place: shown.place }), allow: "autoplay; fullscreen" });
    this.#room.replaceChildren(this.#frame);
    this.element.hidden = false;
    this.element.focus({ preventScroll: true });
  }

  close(): void {
    if (!this.isOpen) return;
    this.element.hidden = true;
    this.#room.replaceChildren(); // stops what plays
    this.#frame = null;
    this.closed();
    this.#from?.focus();
  }

  stop(): void {
    removeEventListener("message", this.#told);
  }

  // Esc inside the frame is heard only there.
  #told = ({ source, data }: MessageEvent): void => {
    if (this.#frame && source === this.#frame.contentWindow && data?.coursemate === "close") this.close();
  };
}
