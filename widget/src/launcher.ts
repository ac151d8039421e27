// The round button: all that a page shows before the tutor is opened, and all that is needed to draw it.
import { h, svg } from "./dom";

// What it may show.
export const ROUND = {
  note: "M4.500 3.500h15v17h-15zM8 8h4.500M8 12h4.500M8 16h2.500M15.500 3.500v17M17.500 8h.1",
  question: "M8.5 9a3.6 3.6 0 1 1 5.2 3.2c-1.2.6-1.700 1.300-1.700 2.500M12 18.500h.1",
  chat: "M4 5h16v11h-8l-4.500 4v-4H4zM8 9.500h8M8 12.500h5",
} as const;

export class Launcher {
  readonly button: HTMLButtonElement;
  readonly trouble = h("p", { class: "launch-trouble", role: "status", hidden: true });

  constructor(press: () => void) {
    this.button = h("button", { type: "button", class: "launcher", "aria-expanded": "false", on: { click: press } });
  }

  name(words: string): void {
    this.button.setAttribute("aria-label", words);
    this.button.title = words;
  }

  show(wanted: string): void {
    const shown = Object.hasOwn(ROUND, wanted) ? (wanted as keyof typeof ROUND) : "note";
    if (this.button.dataset.icon === shown) return;
    this.button.dataset.icon = shown;
    this.button.replaceChildren(svg(ROUND[shown]));
  }

  // The panel was asked for and is on its way.
  wait(waiting: boolean): void {
    this.button.setAttribute("aria-busy", String(waiting));
  }

  tell(message: string): void {
    this.trouble.hidden = !message;
    this.trouble.textContent = message;
  }
}
