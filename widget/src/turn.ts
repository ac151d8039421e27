// One question and its answer: what is known of it, how each event changes it, and how it is drawn.
import { draw, h } from "./dom";
import { button, icon, type Icon } from "./icons";
import { line, render, withoutHalf } from "./markdown";
import { starters } from "./starters";
import { filled, type Answer, type Citation, type Failure, type Progress, type Say, type StoredTurn, type Told, type Way } from "./told";

export type Stage = "sent" | "waiting" | "queued" | "listening" | "looking" | "searching" | "thinking" | "writing" | "done" | "stopped" | "failed";

// What a drawn turn asks of the widget around it.
export interface Room {
  say: Say;
  open(citation: Citation, turn: Turn): void;
  listen(turn: Turn): void;
  save(turn: Turn): void; // its sound
  speed(): HTMLElement; // of the voice, to be chosen
  way(name: string): Way | undefined;
  goOn(way: Way): void;
  ask(question: string): void;
  rate(turn: Turn, rating: number): void;
  thumbnail(address: string): Promise<Blob | null>;
  finish(element: HTMLElement): void;
}

const KINDS: Record<Citation["kind"], Icon> = { page: "page", slide: "slide", recording: "recording", picture: "picture", text: "page" };
const FINISHED: Stage[] = ["done", "stopped", "failed"];

export class Turn {
  stage: Stage = "sent";
  heard = "";
  seen = "";
  text = "";
  language = "";
  found = true; // false: the course does not say
  unclear = false; // the text asks back, and one of the topics may be meant
  topics: string[] = [];
  citations: Citation[] = [];
  nearest: Citation[] = [];
  notices: string[] = [];
  progress: Progress | null = null;
  failure: Failure | null = null;
  id = 0;
  rating = 0;
  listening = false;
  picture: Blob | null = null;
  recorded = false;
  waiting = "";

  constructor(readonly question: string, readonly spoken = false) {}

  static stored(stored: StoredTurn): Turn {
    const turn = new Turn(stored.question, stored.heard !== null);
    turn.recorded = turn.spoken;
    turn.id = stored.turn;
    turn.rating = stored.rating;
    turn.heard = stored.heard ?? "";
    turn.finish(stored.answer);
    return turn;
  }

  get finished(): boolean {
    return FINISHED.includes(this.stage);
  }

  take(told: Told): void {
    switch (told.name) {
      case "begun":
        this.stage = this.recorded ? "listening" : this.picture ? "looking" : "searching";
        break;
      case "waiting": {
        const slowest = told.value.loading.reduce((a, b) => (a.seconds > b.seconds ? a : b));
        this.waiting = `${slowest.label}… ${Math.round(slowest.seconds)} s`;
        this.stage = "waiting";
        break;
      }
      case "queued":
        this.waiting = String(told.value.before);
        this.stage = "queued";
        break;
      case "heard":
        this.heard = told.value.text;
        this.stage = this.picture ? "looking" : "searching";
        break;
      case "looked":
        this.seen = told.value.text;
        this.stage = "searching";
        break;
      case "found":
        this.text = ""; // a second search begins the answer anew
        this.stage = "thinking";
        break;
      case "said":
        this.text += told.value.text;
        this.stage = "writing";
        break;
      case "cited":
        this.citations = [...this.citations, told.value];
        break;
      case "kept":
        this.id = told.value.turn;
        break;
      case "done":
        this.finish(told.value);
        break;
      case "error":
        this.fail(told.value);
        break;
    }
  }

  finish(answer: Answer): void {
    this.stage = answer.notices.includes("stopped") ? "stopped" : "done";
    this.text = answer.answer;
    this.found = answer.status !== "not_found";
    this.unclear = answer.status === "unclear";
    this.topics = answer.topics;
    this.language = answer.language;
    this.citations = answer.citations;
    this.nearest = answer.nearest;
    this.progress = answer.progress;
    this.notices = answer.notices.filter((notice) => notice !== "stopped");
    this.seen = answer.seen ?? this.seen;
  }

  fail(failure: Failure): void {
    this.failure = failure;
    this.stage = "failed";
  }
}

// Draws a turn into its own article, anew after each change; the question never changes but for what was heard.
export class TurnView {
  readonly element = h("article", { class: "turn" });
  #question = h("div", { class: "question" });
  #answer = h("div", { class: "answer" });
  #notes: HTMLElement | null = null;
  #drawn = "";
  #listening = false;

  constructor(readonly turn: Turn, private readonly room: Room) {
    this.element.append(this.#question, this.#answer);
    this.update();
  }

  get text(): Element | null {
    return this.#answer.querySelector(".text");
  }

  update(): void {
    this.#drawQuestion();
    const { turn } = this;
    this.element.dataset.stage = turn.stage;
    this.#listening = turn.listening;
    const held = this.#focused();
    this.#answer.replaceChildren(...[this.#stage(), this.#seen(), this.#body(), this.#topics(), this.#noticed(), this.#actions(), this.#sources()].filter((part) => part !== null));
    this.room.finish(this.#answer);
    if (held) this.#answer.querySelector<HTMLElement>(`[data-do="${held}"]`)?.focus({ preventScroll: true });
  }

  // Its sound began or ended.
  hear(): void {
    if (this.turn.listening !== this.#listening) this.update();
  }

  // The button that has the focus is another one after drawing.
  #focused(): string {
    const on = (this.element.getRootNode() as ShadowRoot).activeElement as HTMLElement | null | undefined;
    return (on && this.#answer.contains(on) && on.dataset.do) || "";
  }

  // Which source is open is shown on its number and its note.
  point(n: number | null): void {
    for (const part of this.#answer.querySelectorAll<HTMLElement>("[data-n]")) {
      if (part.dataset.n === String(n)) part.setAttribute("aria-current", "true");
      else part.removeAttribute("aria-current");
    }
  }

  #drawQuestion(): void {
    const { turn, room } = this;
    const known = `${turn.heard}${turn.picture?.size ?? ""}`;
    if (this.#drawn === known && this.#question.firstChild) return;
    this.#drawn = known;
    this.#question.replaceChildren(h("h3", { class: "sr" }, room.say("you_asked")));
    if (turn.question) this.#question.append(h("p", { class: "asked" }, turn.question));
    if (turn.recorded) this.#question.append(h("p", { class: "asked heard" }, icon("microphone"), turn.heard || room.say("spoken")));
    if (turn.picture) {
      const canvas = h("canvas", { class: "shown", role: "img", "aria-label": room.say("shown") });
      this.#question.append(canvas);
      draw(canvas, turn.picture).catch(() => canvas.replaceWith(h("p", { class: "asked heard" }, icon("picture"), room.say("shown"))));
    }
  }

  #stage(): HTMLElement | null {
    const { turn, room } = this;
    if (turn.finished || turn.stage === "writing") return null;
    const told = room.say(`stage_${turn.stage}`, { what: turn.waiting });
    return h("p", { class: "stage" }, h("span", { class: "pulse" }), told);
  }

  #seen(): HTMLElement | null {
    if (!this.turn.seen) return null;
    return h("details", { class: "seen" }, h("summary", {}, this.room.say("seen")), h("p", {}, this.turn.seen));
  }

  #body(): HTMLElement | null {
    const { turn, room } = this;
    if (turn.failure) {
      const told = turn.failure.message || room.say("lost");
      return h("div", { class: "told is-warm", role: "alert" }, icon("attention"), h("div", {}, h("h4", {}, room.say("failed")), h("p", {}, told)));
    }
    if (!turn.found) {
      const near = room.say(turn.nearest.length ? "nearest" : "nothing_near");
      return h("div", { class: "told" }, icon("quiet"), h("div", {}, h("h4", {}, room.say("not_found")), h("p", {}, near)));
    }
    if (!turn.text) return null;
    const text = turn.finished ? turn.text : withoutHalf(turn.text);
    const body = h("div", { class: "text", lang: turn.language || null });
    body.append(render(text, (n) => this.#marker(n), (code) => this.#copy(code, "copy-code")));
    return body;
  }

  #topics(): HTMLElement | null {
    const { turn, room } = this;
    if (!turn.topics.length) return null;
    const offered = turn.topics.map((topic) => ({ label: topic, question: room.say("ask_topic", { topic }) }));
    return h("div", { class: "starters" }, h("h4", {}, room.say("topics")), starters(offered, room.ask));
  }

  #marker(n: number): Node {
    const citation = this.turn.citations.find((one) => one.n === n);
    if (!citation) return h("span", { class: "mark" }, String(n));
    const name = this.room.say("open_source", { n, title: citation.title, place: citation.place });
    return h("button", { type: "button", class: "mark", "data-n": n, "aria-label": name, on: { click: () => this.room.open(citation, this.turn) } }, String(n));
  }

  #noticed(): HTMLElement | null {
    const { turn, room } = this;
    const told = turn.notices.map((name) => room.say(`notice_${name}`));
    if (turn.stage === "stopped") told.push(room.say("stopped"));
    return told.length ? h("div", { class: "notices" }, ...told.map((one) => h("p", {}, one))) : null;
  }

  #actions(): HTMLElement | null {
    const { turn, room } = this;
    if (!turn.finished || turn.failure || !turn.found || !turn.text) return null;
    const listen = button(room.say(turn.listening ? "listen_stop" : "listen"), turn.listening ? "stop" : "listen", () => room.listen(turn), { class: "tool", "data-do": "listen", "aria-pressed": String(turn.listening) });
    if (turn.unclear) return h("div", { class: "actions" }, listen, turn.listening && room.speed());
    const save = button(room.say("save_sound"), "file", () => room.save(turn), { class: "tool", "data-do": "save" });
    const judged = turn.id ? [this.#judge("up", 1), this.#judge("down", -1)] : [];
    return h("div", { class: "actions" }, this.#further(), listen, turn.listening && room.speed(), save, this.#copy(turn.text, "tool"), ...judged);
  }

  // The next rung of a hint, the next step of a lesson; the style sheet shows it on the newest turn alone.
  #further(): HTMLElement | null {
    const { progress } = this.turn;
    const way = progress?.more && progress.step ? this.room.way(progress.way) : undefined;
    if (!progress || !way?.next) return null;
    const go = h("button", { type: "button", class: "primary", "data-do": "further", on: { click: () => this.room.goOn(way) } }, way.next);
    return h("p", { class: "further" }, h("span", {}, filled(way.progress, { step: progress.step, of: progress.of })), go);
  }

  #judge(shown: "up" | "down", rating: 1 | -1): HTMLElement {
    const pressed = this.turn.rating === rating;
    const press = () => this.room.rate(this.turn, pressed ? 0 : rating);
    return button(this.room.say(shown === "up" ? "helped" : "helped_not"), shown, press, { class: "tool", "data-do": shown, "aria-pressed": String(pressed) });
  }

  #copy(text: string, kind: string): HTMLElement {
    const { say } = this.room;
    const made: HTMLButtonElement = button(say("copy"), "copy", () => void copied(), { class: kind, "data-do": "copy" });
    const copied = async () => {
      await navigator.clipboard.writeText(text).catch(() => {});
      made.setAttribute("aria-label", say("copied"));
      made.classList.add("is-done");
      setTimeout(() => made.classList.remove("is-done"), 1200);
    };
    return made;
  }

  // The notes are drawn once, when they are complete: their small pictures would flicker otherwise.
  #sources(): HTMLElement | null {
    const { turn, room } = this;
    const notes = turn.found ? turn.citations : turn.nearest;
    if (!turn.finished || turn.failure || !notes.length) return null;
    this.#notes ??= h(
      "section",
      { class: "sources", "aria-label": room.say(turn.found ? "sources" : "nearest_places") },
      h("h4", {}, room.say(turn.found ? "sources" : "nearest_places")),
      h("ol", {}, ...notes.map((note) => h("li", {}, this.#note(note)))),
    );
    return this.#notes;
  }

  #note(citation: Citation): HTMLElement {
    const thumb = h("span", { class: `thumb is-${citation.kind}` }, icon(KINDS[citation.kind]));
    if (citation.kind !== "text" && citation.kind !== "recording") {
      const canvas = h("canvas");
      this.room.thumbnail(citation.thumbnail).then((blob) => blob && draw(canvas, blob).then(() => thumb.append(canvas)), () => {});
    }
    const head = h("span", { class: "note-head" }, h("span", { class: "n" }, String(citation.n)), h("b", {}, citation.title), " ", h("span", { class: "place" }, citation.place));
    return h("button", { type: "button", class: "note", "data-n": citation.n, on: { click: () => this.room.open(citation, this.turn) } }, thumb, head, h("q", {}, ...line(citation.quote)));
  }
}
