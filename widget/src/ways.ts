// How the student wants to be helped: a row of choices over the box, of those that the teacher allows. One group for the keyboard.
import { h } from "./dom";
import type { Say, Way } from "./told";

const USUAL = "explain";

export class Ways {
  readonly element: HTMLElement;
  #inputs: HTMLInputElement[];

  constructor(private readonly ways: readonly Way[], say: Say, changed: () => void) {
    this.#inputs = ways.map(({ way }) => h("input", { type: "radio", name: "way", value: way, on: { change: changed } }));
    const labels = ways.map(({ label }, n) => h("label", { class: "way" }, this.#inputs[n], h("span", {}, label)));
    this.element = h("fieldset", { class: "ways", hidden: ways.length < 2 }, h("legend", { class: "sr" }, say("ways")), ...labels);
    this.choose(USUAL);
  }

  get chosen(): Way | undefined {
    return this.ways[this.#inputs.findIndex((input) => input.checked)];
  }

  // Of what is not allowed, the first that is.
  choose(wanted: string): void {
    const input = this.#inputs.find(({ value }) => value === wanted) ?? this.#inputs[0];
    if (input) input.checked = true;
  }
}
