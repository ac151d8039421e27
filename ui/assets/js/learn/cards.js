// Flashcards: questions answered before, turned over and graded by the learner; the four grades say when they come again.
import { button, dateOf, make, placeButton } from "../make.js";
import { setFormulas } from "../mathematics.js";
import { tell, trouble } from "../teach/server.js";
import { say } from "../told.js";
import { empty } from "./empty.js";
import { ask, ofCourse, page, told } from "./server.js";

const grades = ["again", "hard", "good", "easy"];
let place = null;
let due = [];
let count = 0;
let later = null;

export async function draw(made) {
  place = made;
  const { now, cards } = await told("GET", ofCourse("/cards"));
  if (!cards.length) return place.append(empty(say("learn_no_cards"), say("learn_no_cards_lead"), make("p", {}, make("a", { class: "ct-button is-primary", href: page("practice"), text: say("learn_start") }))));
  due = cards.filter((card) => card.due <= now);
  later = cards.find((card) => card.due > now);
  count = cards.length;
  addEventListener("keydown", keys);
  next();
}

function next() {
  const card = due[0];
  place.replaceChildren(card ? front(card) : rest(), end());
  setFormulas(place);
  requestAnimationFrame(() => place.querySelector("[data-first]")?.focus({ preventScroll: true })); // once it stands in the page
}

function front(card) {
  const { question } = card;
  const options = question.options.length && question.kind !== "order" ? make("ul", { class: "cl-card-options" }, question.options.map((option) => make("li", { text: option }))) : null;
  const flip = button(say("learn_flip"), () => turn(card, pane, flip), "is-primary");
  flip.dataset.first = flip.dataset.flip = "";
  const pane = make("section", { class: "cl-card" }, make("p", { class: "cl-over", text: say("learn_cards_left", { n: due.length }) }), make("h2", { class: "cl-text", text: question.text }), options, flip);
  return pane;
}

function turn(card, pane, flip) {
  const tag = card.question.kind === "order" ? "ol" : "ul";
  const back = make("div", { class: "cl-back", tabindex: -1 }, make("h3", { text: say("learn_answer") }), make(tag, { class: "cl-key" }, card.answer.map((line) => make("li", { text: line }))), card.quote ? make("blockquote", { class: "cm-quoted", text: card.quote }) : null, card.place ? placeButton(card.place) : null);
  const words = { again: say("learn_grade_again"), hard: say("learn_grade_hard"), good: say("learn_grade_good"), easy: say("learn_grade_easy") };
  const rows = grades.map((grade, n) => {
    const pressed = make("button", { type: "button", class: "cl-grade", "data-grade": grade, onclick: () => rate(card, grade) }, make("b", { text: words[grade] }), make("small", { text: grade === "again" ? say("learn_this_round") : daysOf(card.days[grade]) }));
    pressed.setAttribute("aria-keyshortcuts", String(n + 1));
    return pressed;
  });
  flip.replaceWith(back, make("div", { class: "cl-grades", role: "group", "aria-label": say("learn_grade") }, rows), make("p", { class: "cl-soft cl-keys", text: say("learn_card_keys") }));
  setFormulas(back);
  back.focus({ preventScroll: true });
}

function daysOf(days) {
  return days < 1 ? say("learn_in_hours", { n: Math.max(1, Math.round(24 * days)) }) : say("learn_in_days", { n: Math.round(days) });
}

async function rate(card, grade) {
  if (due[0] !== card) return;
  due.shift();
  try {
    const told_ = await told("POST", ofCourse(`/cards/${encodeURIComponent(card.question.id)}`), { grade });
    if (grade === "again") due.push(card);
    else if (!later || told_.due < later.due) later = { due: told_.due };
    tell(due.length ? say("learn_cards_left", { n: due.length }) : say("learn_cards_done"));
  } catch (error) {
    due.unshift(card);
    trouble(error);
  }
  next();
}

function rest() {
  const lead = later ? say("learn_next_card", { date: dateOf(later.due) }) : say("learn_cards_done");
  return make("div", { tabindex: -1, "data-first": "" }, empty(say("learn_cards_done"), lead));
}

function end() {
  const save = button(say("learn_anki"), async () => {
    try {
      const deck = await (await ask("GET", ofCourse("/flashcards.apkg"))).blob();
      const link = make("a", { href: URL.createObjectURL(deck), download: "flashcards.apkg" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (error) {
      trouble(error);
    }
  });
  return make("section", { class: "cl-end" }, make("p", { class: "cl-soft", text: say("learn_cards_all", { n: count }) }), save);
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, textarea, select")) return;
  const grade = grades[Number(event.key) - 1];
  if (grade) place.querySelector(`[data-grade="${grade}"]`)?.click();
}
