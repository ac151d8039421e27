// What is on the host page where the student is: its title, the heading in view, the words that are marked.
export interface Page {
  title: string;
  heading: string;
  selection: string;
}

const LONGEST = 1000; // characters of marked words that are sent

const markedNow = (): string => (getSelection()?.toString() ?? "").replace(/\s+/g, " ").trim().slice(0, LONGEST);

export class PageInView {
  #marked = "";
  #leave: () => void;

  constructor(private readonly widget: HTMLElement, private readonly changed: () => void) {
    this.#marked = markedNow(); // before this was there to see it
    const look = () => this.#look();
    document.addEventListener("selectionchange", look);
    this.#leave = () => document.removeEventListener("selectionchange", look);
  }

  now(): Page {
    return { title: document.title, heading: headingInView(this.widget), selection: this.#marked };
  }

  get marked(): string {
    return this.#marked;
  }

  clear(): void {
    this.#marked = "";
    this.changed();
  }

  stop(): void {
    this.#leave();
  }

  // Words stay marked for us while the student types in the widget, which takes the browser's own mark away.
  #look(): void {
    if (document.activeElement === this.widget) return;
    const marked = markedNow();
    if (marked === this.#marked) return;
    this.#marked = marked;
    this.changed();
  }
}

// The last heading that has come up to the middle of the window, or the first of the page.
function headingInView(widget: HTMLElement): string {
  const headings = [...document.querySelectorAll<HTMLElement>("h1, h2, h3, h4")].filter((one) => !widget.contains(one) && one.checkVisibility?.() !== false);
  const above = headings.filter((one) => one.getBoundingClientRect().top < innerHeight / 2);
  return ((above.at(-1) ?? headings[0])?.textContent ?? "").replace(/\s+/g, " ").trim().slice(0, 200);
}
