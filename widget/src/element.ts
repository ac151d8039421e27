// <coursemate-tutor>: the element that a host page knows. It draws the round button and asks the server for a session; the
// panel is fetched when the page has come to rest, or at once when it is wanted. What is asked of it before waits for it.
import { ATTRIBUTES, type Attribute, type EventName } from "./contract";
import { h } from "./dom";
import { drawn, whenIdle } from "./idle";
import { Launcher } from "./launcher";
import styles from "./launcher.css";
import { accentStyle, lightOfPage, watchPage, type Light } from "./light";
import type { Look, Panel } from "./panel";
import { isRefused, Server } from "./server";
import tokens from "./tokens.css";

const ANEW: readonly Attribute[] = ["course", "server", "language", "login"];

export class CoursemateTutor extends HTMLElement {
  static observedAttributes: readonly string[] = ATTRIBUTES;
  static home = ""; // where this script came from
  static listed = false; // that server has seen that this page may have the tutor: the button need not wait for the session

  readonly #root = this.attachShadow({ mode: "open", delegatesFocus: false });
  readonly #frame = h("div", { class: "root" });
  readonly #accent = new CSSStyleSheet();
  readonly #launcher = new Launcher(() => this.#with((panel) => panel.toggle()));
  #panel: Panel | null = null;
  #server: Server | null = null; // with a session
  #waiting: ((panel: Panel) => void)[] = [];
  #wanted = false; // somebody waits for the panel
  #loading = false;
  #tries = 0;
  #refused = false;
  #unwatch = () => {};
  #round = 0;
  #alive = false; // an element that is upgraded is told of its attributes first, and is connected already

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet(tokens), sheet(styles), this.#accent];
    this.#root.append(this.#frame);
  }

  connectedCallback(): void {
    this.#alive = true;
    this.#unwatch = watchPage(() => this.#dress());
    void this.#start();
  }

  disconnectedCallback(): void {
    this.#alive = false;
    this.#unwatch();
    this.#end();
    this.#waiting = [];
  }

  attributeChangedCallback(name: Attribute, before: string | null, after: string | null): void {
    if (!this.#alive || before === after) return;
    if (ANEW.includes(name)) void this.#start();
    else if (name === "open") after === null ? this.hide() : this.show();
    else this.#dress();
  }

  // -- methods for the host page

  /** Opens the panel. */
  show(): void {
    this.#with((panel) => panel.show());
  }

  /** Closes the panel. */
  hide(): void {
    this.#with((panel) => panel.hide(), false);
  }

  /** Opens the panel and asks. */
  ask(question: string): void {
    if (question.trim()) this.#with((panel) => panel.ask(question.trim()));
  }

  /** Stops the answer that is written or read aloud. */
  stop(): void {
    this.#with((panel) => panel.stop(), false);
  }

  /** Begins a new conversation. */
  clear(): void {
    this.#with((panel) => panel.clear(), false);
  }

  /** Opens the panel for practice, where the course is practised. */
  practise(): void {
    this.#with((panel) => panel.practise());
  }

  /** Goes on as the student whom the site's server signed for. */
  signIn(login: string): void {
    this.setAttribute("login", login);
  }

  // -- life

  async #start(): Promise<void> {
    this.#end();
    const round = this.#round;
    const course = this.#value("course");
    const home = this.#value("server") || CoursemateTutor.home;
    if (!course || !home) return console.warn("coursemate: the tag needs the attribute course" + (home ? "" : ", and server"));
    const language = (this.#value("language") || document.documentElement.lang || navigator.language).split("-")[0]!.toLowerCase();
    const server = new Server(home.replace(/\/?$/, "/"), course, language, this.#value("login"));
    try {
      if (CoursemateTutor.listed) {
        this.#draw(OPEN_WORDS[language] ? language : "en");
        await drawn(); // reading what the browser keeps, and asking, takes longer than drawing
      }
      if (round === this.#round) await server.open();
    } catch (error) {
      if (round === this.#round) this.#refuse(error as Error, home);
      return;
    }
    if (round !== this.#round || !this.isConnected) return;
    this.#server = server;
    this.#draw(server.session.language);
    this.#emit("ready", { course });
    if (this.hasAttribute("open")) this.show();
    if (this.#wanted) void this.#load();
    else whenIdle(() => round === this.#round && void this.#load());
  }

  // The button, with its name in the student's language.
  #draw(language: string): void {
    this.#frame.lang = language;
    this.#launcher.name(OPEN_WORDS[language] ?? OPEN_WORDS.en!);
    // Put in anew it would lose the keyboard's focus, which may have come to it before the session did.
    if (!this.#frame.contains(this.#launcher.button)) this.#frame.replaceChildren(this.#launcher.trouble, this.#launcher.button);
    this.#dress();
  }

  #refuse(error: Error, home: string): void {
    this.#end();
    this.#refused = true;
    this.#wanted = false;
    this.#waiting = [];
    const refused = isRefused(error);
    console.warn(`coursemate: ${refused ? error.message : `${home} cannot be reached from this page`}`);
    this.#emit("failed", { code: refused ? error.failure.code : "lost", message: error.message });
  }

  #end(): void {
    this.#round += 1;
    this.#panel?.leave();
    this.#panel = this.#server = null;
    this.#loading = this.#refused = false;
    this.#launcher.tell("");
    this.#launcher.wait(false);
    this.#frame.replaceChildren();
  }

  // -- the panel

  // Does it now, or when the panel has come, which is fetched at once where somebody waits for it.
  #with(todo: (panel: Panel) => void, wanted = true): void {
    if (this.#panel) return todo(this.#panel);
    if (this.#refused) return;
    this.#waiting.push(todo);
    this.#wanted ||= wanted;
    this.#launcher.wait(this.#wanted);
    if (wanted && this.#server) void this.#load();
  }

  async #load(): Promise<void> {
    const server = this.#server!;
    if (this.#panel || this.#loading) return;
    this.#loading = true;
    const round = this.#round;
    try {
      // Browsers remember a module that could not be fetched, under its address.
      const again = this.#tries ? `?${this.#tries}` : "";
      const module = (await import(server.address(`coursemate/widget/${PANEL_FILE}${again}`))) as typeof import("./panel");
      if (round === this.#round && this.isConnected) this.#open(new module.Panel(server, this.#host, this.#look()));
    } catch (error) {
      this.#tries += 1;
      if (round === this.#round) this.#lose(error as Error);
    }
  }

  #open(panel: Panel): void {
    this.#panel = panel;
    this.#launcher.wait((this.#wanted = false));
    this.#launcher.tell("");
    this.#frame.prepend(panel.element);
    for (const todo of this.#waiting.splice(0)) todo(panel);
  }

  // Where nobody waited for it, nobody needs to know: it is fetched again when the button is pressed.
  #lose(error: Error): void {
    this.#loading = false;
    if (!this.#wanted) return;
    this.#waiting = [];
    this.#launcher.wait((this.#wanted = false));
    this.#launcher.tell(this.#server!.session.words["panel_lost"] ?? "");
    this.#emit("failed", { code: "lost", message: error.message });
  }

  get #host() {
    return { element: this, root: this.#root, launcher: this.#launcher.button, light: () => this.#light(), emit: this.#emit.bind(this) };
  }

  // -- its look

  #dress(): void {
    const light = this.#light();
    this.#frame.dataset.theme = light;
    this.#frame.dataset.position = this.#value("position") === "left" ? "left" : "right";
    this.#accent.replaceSync(`.root { ${accentStyle(this.#value("accent"), light)} }`);
    this.#launcher.show(this.#value("icon"));
    this.#panel?.dress(this.#look());
  }

  #look(): Look {
    return {
      heading: this.#value("heading"),
      greeting: this.#value("greeting"),
      starters: this.#value("starters").split("|").map((one) => one.trim()).filter(Boolean),
      context: this.#value("context") !== "off",
    };
  }

  #light(): Light {
    const wanted = this.#value("theme");
    return wanted === "light" || wanted === "dark" ? wanted : lightOfPage();
  }

  #emit(name: EventName, detail: object): void {
    this.dispatchEvent(new CustomEvent(`coursemate:${name}`, { detail, bubbles: true, composed: true }));
  }

  #value(name: Attribute): string {
    return this.getAttribute(name)?.trim() ?? "";
  }
}

function sheet(css: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}
