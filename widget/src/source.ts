// A source at its place, beside the conversation: a page of our server in a frame, so that the course's own text and the
// host page cannot reach each other.
import { button, h, icon } from "./dom";
import type { Light } from "./light";
import type { Server } from "./server";
import type { Citation, Say } from "./told";

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

  open(citation: Citation, light: Light, from: HTMLElement | null): void {
    const address = new URL(this.server.address(citation.source.replace(/^api\/courses\/([^/]+)\/source\?/, "embed/source?course=$1&")));
    address.searchParams.set("light", light);
    this.#from = from;
    this.#title.textContent = citation.title;
    this.#place.textContent = citation.place;
    this.#out.href = address.href;
    this.#frame = h("iframe", { src: address.href, title: this.say("source_of", { title: citation.title, place: citation.place }), allow: "autoplay; fullscreen" });
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
