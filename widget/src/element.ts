// <coursemate-tutor>: the element that a host page knows. It shows nothing until the server says that this page may.
import { ATTRIBUTES, type Attribute, type EventName } from "./contract";
import { h, type Icon } from "./dom";
import { accentStyle, lightOfPage, watchPage, type Light } from "./light";
import { loadFont } from "./mathematics";
import { Panel, type Look } from "./panel";
import { Refused, Server } from "./server";
import tokens from "./tokens.css";
import styles from "./widget.css";

const ICONS: readonly string[] = ["note", "question", "chat"];
const ANEW: readonly Attribute[] = ["course", "server", "language", "login"];
const FONTS = ["source-sans-3-latin-wght-normal", "source-serif-4-latin-wght-normal"] as const;

export class CoursemateTutor extends HTMLElement {
  static observedAttributes: readonly string[] = ATTRIBUTES;
  static home = ""; // where this script came from

  readonly #root = this.attachShadow({ mode: "open", delegatesFocus: false });
  readonly #frame = h("div", { class: "root" });
  readonly #accent = new CSSStyleSheet();
  #panel: Panel | null = null;
  #server: Server | null = null;
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
    this.#panel?.show();
  }

  /** Closes the panel. */
  hide(): void {
    this.#panel?.hide();
  }

  /** Opens the panel and asks. */
  ask(question: string): void {
    if (question.trim()) this.#panel?.ask(question.trim());
  }

  /** Stops the answer that is written or read aloud. */
  stop(): void {
    this.#panel?.stop();
  }

  /** Begins a new conversation. */
  clear(): void {
    this.#panel?.clear();
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
      await server.open();
    } catch (error) {
      if (round !== this.#round) return;
      const refused = error instanceof Refused;
      console.warn(`coursemate: ${refused ? error.message : `${home} cannot be reached from this page`}`);
      this.#emit("failed", { code: refused ? error.failure.code : "lost", message: (error as Error).message });
      return;
    }
    if (round === this.#round && this.isConnected) this.#build(server);
  }

  #build(server: Server): void {
    this.#server = server;
    this.#panel = new Panel(server, { element: this, root: this.#root, light: () => this.#light(), emit: (name, detail) => this.#emit(name, detail) }, this.#look());
    this.#frame.lang = server.session.language;
    this.#frame.replaceChildren(this.#panel.element, this.#panel.launcher);
    this.#dress();
    void this.#panel.conversation.load();
    for (const name of FONTS) void loadFont(name.startsWith("source-sans") ? "Coursemate Sans" : "Coursemate Serif", server.address(`coursemate/fonts/${name}.woff2`), { weight: "200 900" }).catch(() => {});
    this.#emit("ready", { course: server.course });
    if (this.hasAttribute("open")) this.#panel.show();
  }

  #end(): void {
    this.#round += 1;
    this.#panel?.leave();
    this.#panel = null;
    this.#frame.replaceChildren();
  }

  #dress(): void {
    const light = this.#light();
    this.#frame.dataset.theme = light;
    this.#frame.dataset.position = this.#value("position") === "left" ? "left" : "right";
    this.#accent.replaceSync(`.root { ${accentStyle(this.#value("accent"), light)} }`);
    if (this.#server) this.#panel?.dress(this.#look());
  }

  #look(): Look {
    const wanted = this.#value("icon");
    return {
      heading: this.#value("heading"),
      greeting: this.#value("greeting"),
      icon: (ICONS.includes(wanted) ? wanted : "note") as Icon,
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
