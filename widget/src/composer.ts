// The box for a question: words, a picture (chosen, pasted, dropped, or taken with the camera), or a voice.
import { h } from "./dom";
import { button, icon } from "./icons";
import { Ear } from "./ear";
import { HandsFree, type Mood } from "./hands_free";
import { pictureIn, prepared } from "./picture";
import { Recorder, type Trouble } from "./recorder";
import type { Server } from "./server";
import { ShownPicture } from "./shown_picture";
import type { Say } from "./told";
import { Viewfinder } from "./viewfinder";
import { Ways } from "./ways";

export interface Asked {
  text: string;
  sound: Blob | null;
  picture: Blob | null;
  spoken: boolean; // the words were heard while they were spoken, or the sound holds them
  aloud: boolean; // the answer is to be spoken
  way: string; // of tutoring
}

export interface Desk {
  say: Say;
  server: Server;
  typed(words: string): void;
  send(asked: Asked): void;
  stop(): void;
  trouble(message: string): void;
  forgetMarked(): void;
  answering(): boolean;
  sounding(): boolean;
  hush(): void;
  wake(): void;
  speed(): HTMLElement; // of the voice, to be chosen
}

const MOODS = { opening: "opening", listening: "listening", thinking: "thinking", speaking: "speaking" } as const;

export class Composer {
  readonly element: HTMLElement;
  readonly #area: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #marked = h("div", { class: "chip", hidden: true });
  readonly #shown: ShownPicture;
  readonly #tools: HTMLElement;
  readonly #listening = h("div", { class: "listening", hidden: true });
  readonly #words = h("p", { class: "words", hidden: true });
  readonly #viewfinder: Viewfinder;
  readonly #microphone: HTMLButtonElement;
  readonly #talk: HTMLButtonElement;
  readonly #ways: Ways;
  #free: HandsFree | null = null;
  #recorder: Recorder | null = null;
  #ear: Ear | null = null;
  #busy = false;

  constructor(private readonly desk: Desk) {
    const { say } = desk;
    const { ways, practises } = desk.server.session;
    this.#ways = new Ways(ways.filter(({ way }) => way !== "practise" || !practises), say, () => this.#prompt());
    this.#shown = new ShownPicture(say);
    this.#viewfinder = new Viewfinder({ say, taken: (picture) => this.#shown.show(picture), closed: () => this.focus(), trouble: (message) => desk.trouble(message) });
    this.#area = h("textarea", { rows: 1, "aria-label": say("question"), on: { keydown: (event) => this.#key(event), input: (event) => this.#typed(event), compositionend: (event) => this.#typed(event), paste: (event) => this.#take(event, event.clipboardData?.files) } });
    const chooser = h("input", { type: "file", accept: "image/*", hidden: true, on: { change: () => void this.#add(pictureIn(chooser.files)) } });
    this.#send = button(say("send"), "send", () => (this.#busy ? desk.stop() : this.#submit(null)), { class: "send" });
    this.#microphone = button(say("speak"), "microphone", () => void this.#speak(), { class: "tool", "data-do": "speak" });
    this.#talk = button(say("hands_free"), "talk", () => (this.#free ? this.#endTalk() : this.#beginTalk()), { class: "tool", "data-do": "talk", "aria-pressed": "false" });
    const choose = button(say("add_picture"), "picture", () => chooser.click(), { class: "tool", "data-do": "picture" });
    const camera = button(say("camera"), "camera", () => void this.#viewfinder.toggle(), { class: "tool", "data-do": "camera" });
    this.#tools = h("div", { class: "tools" }, choose, camera, this.#microphone, this.#talk, h("span", { class: "space" }), this.#send);
    this.element = h("div", { class: "composer", role: "group", "aria-label": say("question_group") }, this.#viewfinder.element, this.#ways.element, this.#marked, this.#shown.element, this.#area, this.#words, this.#listening, this.#tools, chooser);
    this.#prompt();
  }

  get way(): string {
    return this.#ways.chosen?.way ?? "explain";
  }

  choose(way: string): void {
    this.#ways.choose(way);
    this.#prompt();
  }

  // The empty box says what belongs into it.
  #prompt(): void {
    this.#area.placeholder = this.#ways.chosen?.placeholder ?? this.desk.say("placeholder");
  }

  focus(): void {
    this.#area.focus({ preventScroll: true });
  }

  // The question that failed is in the box again.
  restore(asked: Asked): void {
    if (!this.#area.value) this.#area.value = asked.text;
    if (!this.#shown.picture && asked.picture) this.#shown.show(asked.picture);
    this.#grow();
  }

  // While an answer is written, the button that sends is the button that stops.
  busy(busy: boolean): void {
    this.#busy = busy;
    const name = this.desk.say(busy ? "stop" : "send");
    this.#send.setAttribute("aria-label", name);
    this.#send.title = name;
    this.#send.replaceChildren(icon(busy ? "stop" : "send"));
  }

  mark(words: string): void {
    this.#marked.hidden = !words;
    const drop = button(this.desk.say("forget_marked"), "close", () => this.desk.forgetMarked(), { class: "drop" });
    this.#marked.replaceChildren(icon("marked"), h("span", {}, h("b", {}, this.desk.say("marked")), " ", words), drop);
  }

  drop(event: DragEvent): void {
    this.#take(event, event.dataTransfer?.files);
  }

  // Whether there was something to leave: a recording, the camera. A voice is silenced before hands-free ends.
  escape(): boolean {
    if (this.#free && !this.desk.sounding()) this.#endTalk();
    else if (this.#recorder) this.#recorder.end(false);
    else if (this.#ear) this.#stopListening();
    else if (this.#viewfinder.on) this.#viewfinder.close();
    else return false;
    return true;
  }

  leave(): void {
    this.#endTalk();
    this.escape();
  }

  // The answer or its sound began or ended.
  redraw(): void {
    this.#free?.redraw();
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!this.#busy) this.#submit(null);
  }

  #submit(sound: Blob | null, heard = ""): void {
    const text = [this.#area.value.trim(), heard].filter(Boolean).join(" ");
    const asked = { text, sound, picture: this.#shown.picture, spoken: Boolean(sound || heard), aloud: this.#free !== null, way: this.way };
    if (!asked.text && !asked.sound && !asked.picture) return this.focus();
    this.#area.value = "";
    this.#shown.show(null);
    this.#grow();
    this.desk.send(asked);
  }

  // Letters that are still being composed into a Chinese word say nothing yet.
  #typed(event: Event): void {
    this.#grow();
    if (!(event as InputEvent).isComposing) this.desk.typed(this.#area.value);
  }

  #grow(): void {
    this.#area.style.height = "auto";
    this.#area.style.height = `${Math.min(this.#area.scrollHeight, 160)}px`;
  }

  #take(event: Event, files: FileList | undefined | null): void {
    const file = pictureIn(files);
    if (!file) return;
    event.preventDefault();
    void this.#add(file);
  }

  async #add(file: File | null): Promise<void> {
    if (file) this.#shown.show(await prepared(file));
    this.focus();
  }

  async #speak(): Promise<void> {
    if (this.#recorder) return this.#recorder.end(true);
    if (this.#ear) return; // the last words are on their way
    const { say } = this.desk;
    const { state, level } = this.#strip(button(say("discard"), "close", () => void this.escape(), { class: "drop" }));
    state.textContent = say("listening");
    try {
      this.#recorder = await Recorder.begin(level, (sound) => {
        state.textContent = say("stage_listening");
        void this.#recorded(sound);
      });
    } catch (trouble) {
      return this.desk.trouble(say(String(trouble)));
    }
    const { stream } = this.#recorder;
    for (const track of stream.getTracks()) track.addEventListener("ended", () => this.#broke("microphone_gone"));
    this.#ear = new Ear(this.desk.server, stream, false, { partial: (words) => this.#hear(words) });
    this.#drawRecording();
  }

  #strip(...more: HTMLElement[]): { state: HTMLElement; level: (loudness: number, seconds: number) => void } {
    const bar = h("span");
    const time = h("time", {}, "0:00");
    const state = h("span", { role: "status" });
    this.#listening.replaceChildren(h("span", { class: "pulse" }), state, h("span", { class: "level" }, bar), time, ...more);
    const level = (loudness: number, seconds: number) => {
      bar.style.transform = `scaleX(${Math.min(1, loudness * 6)})`;
      time.textContent = `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
    };
    return { state, level };
  }

  #beginTalk(): void {
    const { desk } = this;
    const { state, level } = this.#strip(desk.speed());
    desk.wake();
    const draw = (mood: Mood) => {
      if (state.textContent !== desk.say(MOODS[mood])) state.textContent = desk.say(MOODS[mood]);
      this.#listening.dataset.mood = mood;
      if (mood === "thinking") this.#hear("");
    };
    const free = (this.#free = new HandsFree({
      server: desk.server,
      answering: () => desk.answering(),
      sounding: () => desk.sounding(),
      hush: () => desk.hush(),
      words: (words) => this.#hear(words),
      ask: (words) => this.#submit(null, words),
      draw,
      broke: (trouble, message) => this.#broke(trouble, message),
    }));
    this.#drawTalk();
    const began = performance.now();
    const tick = () => {
      if (this.#free !== free) return;
      level(free.level, (performance.now() - began) / 1000);
      requestAnimationFrame(tick);
    };
    tick();
  }

  #endTalk(): void {
    if (!this.#free) return;
    this.#free.close();
    this.#free = null;
    this.desk.hush();
    this.#hear("");
    this.#drawTalk();
  }

  // What was heard stands in the box, and the student goes on by typing.
  #broke(trouble: Trouble | null, message = ""): void {
    this.#area.value = [this.#area.value.trim(), this.#words.textContent].filter(Boolean).join(" ");
    this.#endTalk();
    this.#recorder?.end(false);
    if (this.#ear) this.#stopListening();
    this.#grow();
    this.desk.trouble(message || this.desk.say(String(trouble)));
  }

  #drawTalk(): void {
    const on = this.#free !== null;
    const name = this.desk.say(on ? "stop_hands_free" : "hands_free");
    this.#listening.hidden = !on;
    this.#area.hidden = on;
    this.#tools.classList.toggle("is-talking", on);
    this.#talk.replaceChildren(icon(on ? "close" : "talk"));
    this.#talk.setAttribute("aria-label", name);
    this.#talk.setAttribute("aria-pressed", String(on));
    this.#talk.title = name;
    this.#talk.focus();
  }

  // The words that were heard meanwhile are the question; without any, the recording is.
  async #recorded(sound: Blob | null): Promise<void> {
    const ear = this.#ear;
    this.#recorder = null;
    const words = sound && ear ? await ear.finish() : "";
    if (this.#ear !== ear) return; // thrown away meanwhile
    this.#stopListening();
    if (sound) this.#submit(words ? null : sound, words);
  }

  #hear(words: string): void {
    this.#words.textContent = words;
    this.#words.hidden = !words;
    if (words) this.desk.typed([this.#area.value.trim(), words].filter(Boolean).join(" "));
  }

  #stopListening(): void {
    this.#ear?.close();
    this.#ear = null;
    this.#hear("");
    this.#drawRecording();
  }

  #drawRecording(): void {
    const on = this.#ear !== null;
    const name = this.desk.say(on ? "send_recording" : "speak");
    this.#listening.hidden = !on;
    this.#area.hidden = on;
    this.#tools.classList.toggle("is-recording", on);
    this.#microphone.replaceChildren(icon(on ? "send" : "microphone"));
    this.#microphone.setAttribute("aria-label", name);
    this.#microphone.title = name;
    this.#microphone.focus();
  }
}
