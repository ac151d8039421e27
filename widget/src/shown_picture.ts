// The picture that goes with the next question, as a chip over the box.
import { draw, h } from "./dom";
import { button, icon } from "./icons";
import type { Say } from "./told";

export class ShownPicture {
  readonly element = h("div", { class: "chip is-picture", hidden: true });
  #picture: Blob | null = null;

  constructor(private readonly say: Say) {}

  get picture(): Blob | null {
    return this.#picture;
  }

  show(picture: Blob | null): void {
    this.#picture = picture;
    this.element.hidden = !picture;
    this.element.replaceChildren();
    if (!picture) return;
    const canvas = h("canvas", { role: "img", "aria-label": this.say("shown") });
    const drop = button(this.say("drop_picture"), "close", () => this.show(null), { class: "drop" });
    this.element.append(canvas, h("span", {}, this.say("shown")), drop);
    draw(canvas, picture).catch(() => canvas.replaceWith(icon("picture")));
  }
}
