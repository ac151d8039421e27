// Practice: one question after the other, for the minutes at hand or as long as wanted, each with its reason.
import { button, make, percent, placeButton } from "../make.js";
import { setFormulas } from "../mathematics.js";
import { noTrouble, tell, trouble } from "../teach/server.js";
import { say } from "../told.js";
import { empty, missing } from "./empty.js";
import { formOf } from "./kinds.js";
import { nextButton, showOutcome } from "./outcome.js";
import { ofCourse, page, told, wanted } from "./server.js";
import { Watch } from "./watch.js";

const address = new URLSearchParams(location.search);
const all = Number(address.get("minutes")) || 0;
const concept = address.get("concept") ?? "";
const sureness = ["guess", "unsure", "sure"];
const session = { asked: 0, sum: 0, seconds: 0 };
let place = null;

export async function draw(made) {
  place = made;
  const { concepts } = await told("GET", ofCourse("/progress"));
  const nothing = missing(concepts);
  if (nothing) place.append(nothing);
  else await ask();
}

const leftMinutes = () => (all ? all - session.seconds / 60 : undefined);

async function ask() {
  noTrouble();
  const left = leftMinutes();
  if (left !== undefined && left <= 0.25) return over(say("learn_time_over"));
  const chosen = concept ? { concepts: [concept], alone: true } : {};
  const { steps } = await told("POST", ofCourse("/next"), wanted({ ...(left ? { minutes: left } : {}), ...chosen }));
  if (!steps.length) return over(say(session.asked ? "learn_nothing_more" : "learn_all_done"));
  show(steps[0]);
}

function show(step) {
  const { question } = step;
  const form = formOf(question);
  const watch = new Watch();
  const hints = make("div", { class: "cl-hints", "aria-live": "polite" });
  const sure = surenessOf();
  const error = make("p", { class: "ct-error", role: "alert", hidden: true });
  const check = make("button", { class: "ct-button is-primary", text: say("learn_check") });
  const state = { hints: 0, sent: false };
  const help = button(say("learn_hint"), () => hint(question, state, hints, help), "is-quiet");
  const pane = make("form", { class: "cl-question", novalidate: true });
  pane.append(
    make("p", { class: "cl-over", text: `${step.title} · ${progressLine()}` }),
    make("p", { class: "cl-reason is-small", text: step.reason.text }),
    step.kind === "lesson" && step.places.length ? lesson(step) : "",
    make("h2", { class: "cl-text", text: question.text, id: "cl-text", tabindex: -1 }),
    form.element,
    hints,
    sure,
    error,
    make("div", { class: "ct-buttons" }, check, help),
  );
  pane.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ step, form, watch, state, sure, error, check, help, pane });
  });
  place.replaceChildren(pane);
  setFormulas(pane);
  if (session.asked) pane.querySelector("h2").focus({ preventScroll: true });
  scrollTo(0, 0);
}

function progressLine() {
  const n = say("learn_number", { n: session.asked + 1 });
  return all ? `${n} · ${say("learn_minutes_left", { n: Math.max(1, Math.round(leftMinutes())) })}` : n;
}

function lesson(step) {
  return make("section", { class: "cl-lesson" }, make("h3", { text: say("learn_read_first") }), make("p", { class: "cl-soft", text: say("learn_read_first_lead") }), make("div", { class: "cl-places" }, step.places.map(placeButton)));
}

function surenessOf() {
  const words = { guess: say("learn_sure_guess"), unsure: say("learn_sure_unsure"), sure: say("learn_sure_sure") };
  const rows = sureness.map((value) => make("label", { class: "cl-choice" }, make("input", { type: "radio", name: "sure", value }), make("span", { text: words[value] })));
  return make("fieldset", { class: "cl-sure" }, make("legend", { text: say("learn_how_sure") }), make("div", { class: "cl-choices" }, rows));
}

async function hint(question, state, hints, help) {
  help.disabled = true;
  try {
    const given = await told("POST", ofCourse(`/questions/${encodeURIComponent(question.id)}/hints/${state.hints + 1}`));
    state.hints = given.rung;
    hints.append(make("div", { class: "cl-hint" }, make("p", { text: given.text }), given.place ? placeButton(given.place) : null));
    help.textContent = say("learn_hint_next", { n: given.of - given.rung });
    help.disabled = given.rung >= given.of;
    if (help.disabled) help.textContent = say("learn_no_more_hints");
  } catch (error) {
    help.textContent = say("learn_no_hints");
    tell(error.message);
  }
}

async function send({ step, form, watch, state, sure, error, check, help, pane }) {
  const given = form.answer();
  error.hidden = Boolean(given);
  if (!given) return void (error.textContent = say("learn_answer_first"));
  if (state.sent) return;
  state.sent = true;
  check.disabled = true;
  const seconds = Math.max(1, watch.seconds());
  const confidence = sure.querySelector(":checked")?.value;
  const body = { question: step.question.id, ...given, hints: state.hints, seconds: Math.min(seconds, 7200), ...(confidence ? { confidence } : {}) };
  try {
    const outcome = await told("POST", ofCourse("/answer"), body);
    session.asked += 1;
    session.sum += outcome.score;
    session.seconds += seconds;
    answered({ step, outcome, seconds, form, sure, check, help, pane });
  } catch (failed) {
    state.sent = check.disabled = false;
    error.textContent = failed.message;
    error.hidden = false;
  }
}

function answered({ step, outcome, seconds, form, sure, check, help, pane }) {
  for (const field of pane.querySelectorAll("input, textarea, [data-move]")) field.disabled = true;
  check.parentElement.remove();
  help.remove();
  sure.remove();
  const shown = showOutcome(step.question, step, outcome, seconds, form.element);
  const go = nextButton(say("learn_next_question"), async () => {
    go.disabled = true;
    try {
      await ask();
    } catch (error) {
      go.disabled = false;
      trouble(error);
    }
  });
  const stop = make("a", { class: "ct-button", href: page("today"), text: say("learn_enough") });
  place.append(shown, make("div", { class: "ct-buttons cl-onward" }, go, stop));
  setFormulas(shown);
  go.focus({ preventScroll: true });
  shown.scrollIntoView({ block: "nearest" });
}

function over(title) {
  const mean = session.asked ? session.sum / session.asked : 0;
  const text = session.asked ? say("learn_session", { n: session.asked, percent: percent(mean) }) : say("learn_all_done_lead");
  const ways = make("div", { class: "ct-buttons" }, make("a", { class: "ct-button is-primary", href: page("progress"), text: say("learn_see_progress") }), make("a", { class: "ct-button", href: page("today"), text: say("learn_to_today") }));
  place.replaceChildren(empty(title, text, ways));
  tell(`${title} ${text}`);
}
