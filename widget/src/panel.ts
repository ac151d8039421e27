// The panel behind the round button: head, conversation, box; the source beside it. Layout and wiring only. A script of its own,
// which the button's fetches.
import { Announcer } from "./announcer";
import { Aloud } from "./aloud";
import { Composer, type Asked } from "./composer";
import { Conversation } from "./conversation";
import type { EventName } from "./contract";
import { h } from "./dom";
import { keepFocus } from "./focus_trap";
import { button, icon } from "./icons";
import type { Light } from "./light";
import { Formulas, loadFont } from "./mathematics";
import { PageInView } from "./page";
import { Practising } from "./practising";
import type { Server } from "./server";
import { SourcePane, type Shown } from "./source";
import { starters } from "./starters";
import { sayer, type Citation, type Say } from "./told";
import { Turn, TurnView, type Room } from "./turn";
import styles from "./widget.css";
import { watchSpoken } from "../../ui/assets/js/spoken.js";

export interface Look {
  heading: string;
  greeting: string;
  starters: string[];
  context: boolean;
}

export interface Host {
  element: HTMLElement;
  root: ShadowRoot;
  launcher: HTMLButtonElement;
  light(): Light;
  emit(name: EventName, detail: object): void;
}

const STYLES = new CSSStyleSheet();
STYLES.replaceSync(styles);
const FONTS = { "Coursemate Sans": "source-sans-3-latin-wght-normal", "Coursemate Serif": "source-serif-4-latin-wght-normal" };
const PHONE = matchMedia("(max-width: 640px)");

export class Panel {
  readonly element: HTMLElement;
  readonly conversation: Conversation;
  readonly #say: Say;
  readonly #composer: Composer;
  readonly #source: SourcePane;
  readonly #aloud: Aloud;
  readonly #announcer: Announcer;
  readonly #page: PageInView;
  readonly #practising: Practising;
  readonly #formulas: Formulas;
  readonly #log = h("div", { class: "log", tabindex: 0 });
  readonly #title = h("h2");
  readonly #trouble = h("p", { class: "trouble", role: "status", hidden: true });
  #views = new Map<Turn, TurnView>();
  #drawing = new Set<Turn>();
  #hasCode = false;
  #before: Promise<void>; // what was said earlier is there
  #opened: { turn: Turn; n: number } | null = null;

  constructor(private readonly server: Server, private readonly host: Host, private look: Look) {
    const say = (this.#say = sayer(server.session.words));
    this.#announcer = new Announcer(say);
    this.#formulas = new Formulas(server, host.root);
    this.#source = new SourcePane(server, say, () => this.#point(null));
    this.#page = new PageInView(host.element, () => this.#composer.mark(this.#marked()));
    this.#composer = new Composer({ say, server, typed: (words) => this.conversation.typed(words), send: (asked) => void this.#ask(asked), stop: () => this.stop(), trouble: (message) => this.#tell(message), forgetMarked: () => this.#page.clear(), answering: () => this.conversation.running, sounding: () => this.#aloud.sounding, hush: () => this.#hush(), wake: () => this.#aloud.wake(), speed: () => this.#aloud.speedChoice(say("speed")) });
    this.#aloud = new Aloud(server, (turn) => this.#views.get(turn)?.text ?? null, (turn) => this.#heard(turn), (message) => this.#tell(message));
    watchSpoken(this.#log);
    this.conversation = new Conversation(
      server,
      { began: (turn) => this.#began(turn), changed: (turn) => this.#changed(turn), ended: (turn, asked) => this.#ended(turn, asked), loaded: (turns) => this.#loaded(turns), spoke: (turn, sound, sentence) => this.#aloud.add(turn, sound, sentence) },
      say("lost"),
    );
    this.#practising = new Practising({
      say, server, root: host.root,
      finish: (element) => this.#finish(element),
      open: ({ title, label, source }) => this.#openBeside({ title, place: label, source }),
      note: (words) => this.#announcer.note(words),
      trouble: (message) => this.#tell(message),
      answered: (kind, score) => host.emit("practised", { kind, score }),
      turned: (practising) => this.#turn(practising),
    }); // prettier-ignore
    const close = button(say("close"), "close", () => this.hide(), { class: "tool", "data-do": "close" });
    const fresh = button(say("new_chat"), "new", () => this.clear(), { class: "tool", "data-do": "new" });
    const head = h("header", {}, icon("note"), this.#title, this.#practising.button, fresh, close);
    const chat = h("div", { class: "chat" }, head, this.#log, this.#practising.element, this.#announcer.element, this.#trouble, this.#composer.element);
    this.element = h("div", { class: "panel", role: "dialog", hidden: true, on: { keydown: (event) => this.#key(event), dragover: (event) => event.preventDefault(), drop: (event) => this.#composer.drop(event) } }, this.#source.element, chat);
    this.dress(look);
    if (!host.root.adoptedStyleSheets.includes(STYLES)) host.root.adoptedStyleSheets.push(STYLES);
    for (const [family, file] of Object.entries(FONTS)) this.#loadFont(family, file, { weight: "200 900" });
    this.#before = this.conversation.load();
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  // Formulas and the letters of code are fetched when the first ones come.
  #finish(element: HTMLElement): void {
    this.#formulas.set(element);
    if (this.#hasCode || !element.querySelector("code")) return;
    this.#hasCode = true;
    this.#loadFont("Coursemate Mono", "source-code-pro-latin-400-normal", {});
  }

  // Without it, the browser's own letters do.
  #loadFont(family: string, file: string, descriptors: FontFaceDescriptors): void {
    loadFont(family, this.server.address(`coursemate/fonts/${file}.woff2`), descriptors).catch(() => {});
  }

  dress(look: Look): void {
    this.look = look;
    const heading = look.heading || this.server.session.course.title;
    this.#title.textContent = heading;
    this.element.setAttribute("aria-label", heading);
    if (!this.#views.size) this.#welcome();
  }

  show(): void {
    if (this.isOpen) return;
    this.element.hidden = false;
    this.#drawLauncher();
    this.#toEnd();
    this.#composer.mark(this.#marked());
    if (this.#practising.on) this.#practising.focus();
    else this.#composer.focus();
    this.host.emit("opened", {});
  }

  hide(): void {
    if (!this.isOpen) return;
    this.#composer.leave();
    this.#aloud.stop();
    this.#source.close();
    this.element.hidden = true;
    this.#drawLauncher();
    this.host.launcher.focus();
    this.host.emit("closed", {});
  }

  toggle(): void {
    if (this.isOpen) this.hide();
    else this.show();
  }

  ask(text: string, way = ""): void {
    this.show();
    this.#practising.leave();
    if (way) this.#composer.choose(way);
    void this.#ask({ text, sound: null, picture: null, spoken: false, aloud: false, way: this.#composer.way });
  }

  // Where the server keeps no record of learning, the tutor asks questions in the conversation.
  practise(): void {
    this.show();
    if (!this.server.session.practises) this.#composer.choose("practise");
    else if (!this.#practising.on) void this.#practising.begin();
  }

  #turn(practising: boolean): void {
    this.#aloud.stop();
    this.#composer.leave();
    this.#tell("");
    this.#source.close();
    this.#log.hidden = this.#composer.element.hidden = practising;
    if (!practising && this.isOpen) this.#composer.focus();
  }

  stop(): void {
    this.#aloud.stop();
    this.conversation.stop();
  }

  // The student breaks into what is spoken.
  #hush(): void {
    this.#aloud.hush([...this.#views.keys()].at(-1) ?? null);
  }

  #heard(turn: Turn): void {
    this.#views.get(turn)?.hear();
    this.#composer.redraw();
  }

  clear(): void {
    this.#practising.leave();
    this.#aloud.stop();
    this.#source.close();
    this.conversation.clear();
    if (this.isOpen) this.#composer.focus();
  }

  leave(): void {
    this.#composer.leave();
    this.#aloud.stop();
    this.conversation.leave();
    this.#source.stop();
    this.#page.stop();
  }

  // -- a turn

  async #ask(asked: Asked): Promise<void> {
    const page = this.look.context ? this.#page.now() : null;
    this.#page.clear();
    await this.#before;
    await this.conversation.ask(asked, page);
  }

  #began(turn: Turn): void {
    this.#aloud.stop();
    this.#tell("");
    this.#announcer.forget();
    if (!this.#views.size) this.#log.replaceChildren();
    this.#add(turn);
    this.#composer.busy(true);
    this.#composer.redraw();
    this.#toEnd();
    this.host.emit("asked", { question: turn.question, spoken: turn.spoken, picture: turn.picture !== null });
  }

  // Drawn at most once a frame, however fast the words come.
  #changed(turn: Turn): void {
    if (!this.#drawing.size) requestAnimationFrame(() => this.#draw());
    this.#drawing.add(turn);
  }

  #draw(): void {
    const atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 80;
    for (const turn of this.#drawing) {
      this.#views.get(turn)?.update();
      if (!turn.finished) this.#announcer.tell(turn);
    }
    this.#drawing.clear();
    this.#point(this.#opened);
    if (atEnd) this.#toEnd();
  }

  #ended(turn: Turn, asked: Asked): void {
    this.#composer.busy(this.conversation.running);
    this.#composer.redraw();
    if (turn.stage === "failed") this.#composer.restore(asked);
    this.#changed(turn);
    this.#announcer.tell(turn);
    const { stage, unclear, citations, failure } = turn;
    if (failure) this.host.emit("failed", { code: failure.code, message: failure.message });
    else this.host.emit("answered", { stage, found: turn.found && !unclear, unclear, text: turn.text, citations: citations.map(({ n, title, place, quote }) => ({ n, title, place, quote })) });
  }

  #loaded(turns: Turn[]): void {
    this.#views.clear();
    this.#log.replaceChildren();
    for (const turn of turns) this.#add(turn);
    if (!turns.length) this.#welcome();
    this.#toEnd();
  }

  #add(turn: Turn): void {
    const view = new TurnView(turn, this.#room);
    this.#views.set(turn, view);
    this.#log.append(view.element);
  }

  readonly #room: Room = {
    say: (key, details) => this.#say(key, details),
    open: (citation, turn) => this.#open(citation, turn),
    listen: (turn) => this.#aloud.toggle(turn),
    save: (turn) => void this.#aloud.save(turn),
    speed: () => this.#aloud.speedChoice(this.#say("speed")),
    way: (name) => this.server.session.ways.find(({ way }) => way === name),
    goOn: (way) => this.ask(way.next, way.way),
    ask: (question) => this.ask(question),
    rate: (turn, rating) => void this.#rate(turn, rating),
    thumbnail: (address) => this.server.blob(address),
    finish: (element) => this.#finish(element),
  };

  async #rate(turn: Turn, rating: number): Promise<void> {
    const before = turn.rating;
    try {
      await this.conversation.rate(turn, rating);
      this.#tell(rating ? this.#say("thanks") : "");
      this.host.emit("rated", { rating });
    } catch (error) {
      turn.rating = before;
      this.#changed(turn);
      this.#tell((error as Error).message || this.#say("lost"));
    }
  }

  // -- what is around it

  #open(citation: Citation, turn: Turn): void {
    this.#openBeside(citation);
    this.#point({ turn, n: citation.n });
    this.host.emit("source", { title: citation.title, place: citation.place, document: citation.document });
  }

  #openBeside(shown: Shown): void {
    this.#point(null);
    this.#source.open(shown, this.host.light(), this.host.root.activeElement as HTMLElement | null);
    this.element.classList.add("has-source");
  }

  #point(opened: { turn: Turn; n: number } | null): void {
    this.#opened = opened;
    if (!opened) this.element.classList.remove("has-source");
    for (const [turn, view] of this.#views) view.point(turn === opened?.turn ? opened.n : null);
  }

  #welcome(): void {
    const { greeting } = this.look;
    const questions = this.look.starters.length ? this.look.starters : this.server.session.starters;
    this.#log.replaceChildren(
      h("div", { class: "welcome starters" }, h("p", { class: "greeting" }, greeting || this.#say("greeting")), h("h3", {}, this.#say("try")), starters(questions.map((question) => ({ label: question, question })), (question) => this.ask(question))),
    );
  }

  #marked(): string {
    return this.look.context ? this.#page.marked : "";
  }

  #tell(message: string): void {
    this.#trouble.hidden = !message;
    this.#trouble.textContent = message;
  }

  #drawLauncher(): void {
    this.host.launcher.setAttribute("aria-expanded", String(this.isOpen));
    this.element.setAttribute("aria-modal", String(this.isOpen && PHONE.matches));
    this.host.element.toggleAttribute("data-open", this.isOpen);
  }

  #toEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  // Esc leaves the innermost thing that is open; on a phone, where the panel covers the page, Tab stays within it.
  #key(event: KeyboardEvent): void {
    event.stopPropagation(); // a host page's own keys are not for what is typed here
    if (event.key === "Tab" && PHONE.matches) keepFocus(event, this.#source.isOpen ? this.#source.element : this.element, this.host.root.activeElement);
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (this.#composer.escape()) return;
    if (this.#source.isOpen) this.#source.close();
    else if (!this.#aloud.stop() && !this.conversation.stop() && !this.#practising.leave()) this.hide();
  }
}
