// What the camera sees, over the box, until a picture was taken or the student thinks better of it.
import { h } from "./dom";
import { Camera } from "./picture";
import type { Say } from "./told";

export interface Photographer {
  say: Say;
  taken(picture: Blob): void;
  closed(): void;
  trouble(message: string): void;
}

export class Viewfinder {
  readonly element = h("div", { class: "viewer", hidden: true });
  #camera: Camera | null = null;

  constructor(private readonly by: Photographer) {}

  get on(): boolean {
    return this.#camera !== null;
  }

  async toggle(): Promise<void> {
    if (this.on) return this.close();
    const { say } = this.by;
    const video = h("video", { playsinline: true, muted: true, "aria-label": say("camera_view") });
    const take = h("button", { type: "button", class: "primary", disabled: true, on: { click: () => void this.#shoot() } }, say("take_picture"));
    this.element.replaceChildren(video, h("div", { class: "row" }, take, h("button", { type: "button", class: "plain", on: { click: () => this.close() } }, say("cancel"))));
    this.element.hidden = false;
    try {
      this.#camera = await Camera.open(video);
      take.disabled = false;
      take.focus();
    } catch {
      this.close();
      this.by.trouble(say("camera_denied"));
    }
  }

  close(): void {
    this.#camera?.close();
    this.#camera = null;
    this.element.hidden = true;
    this.element.replaceChildren();
    this.by.closed();
  }

  async #shoot(): Promise<void> {
    const picture = await this.#camera?.take();
    this.close();
    if (picture) this.by.taken(picture);
  }
}
