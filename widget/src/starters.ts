// Questions to press: before the first one, and where the tutor asks what is meant.
import { h } from "./dom";
import { icon } from "./icons";

export interface Starter {
  label: string;
  question: string;
}

export function starters(offered: readonly Starter[], ask: (question: string) => void): HTMLElement {
  return h("ul", {}, ...offered.map(({ label, question }) => h("li", {}, h("button", { type: "button", on: { click: () => ask(question) } }, h("span", {}, label), icon("next")))));
}
