// Today: the next step with its reason, a plan for the minutes at hand, what is due, and the freedom to do otherwise.
import { bar, button, dateOf, make, percent } from "../make.js";
import { tell, trouble } from "../teach/server.js";
import { say } from "../told.js";
import { missing } from "./empty.js";
import { decided } from "./rulings.js";
import { ask, goal, keepGoal, ofCourse, page, told, wanted } from "./server.js";

const minutes = [5, 10, 20];

export async function draw(place) {
  const [{ concepts }, { steps }, { now, cards }, { rulings }] = await Promise.all([
    told("GET", ofCourse("/progress")),
    told("POST", ofCourse("/next"), wanted()),
    told("GET", ofCourse("/cards")),
    told("GET", ofCourse("/rulings")),
  ]);
  place.append(...decided(rulings));
  const nothing = missing(concepts);
  if (nothing) return place.append(nothing);
  const due = concepts.filter((one) => one.due && one.due <= now);
  const waiting = cards.filter((card) => card.due <= now).length;
  place.append(
    next(steps[0]),
    make("div", { class: "cl-pair" }, timed(), dueNow(due, waiting)),
    otherwise(concepts, steps[0]),
    aim(concepts),
  );
}

function next(step) {
  if (!step) {
    return make("section", { class: "cl-next" }, make("p", { class: "cl-over", text: say("learn_next") }), make("h2", { text: say("learn_all_done") }), make("p", { text: say("learn_all_done_lead") }));
  }
  return make(
    "section",
    { class: "cl-next" },
    make("p", { class: "cl-over", text: say("learn_next") }),
    make("h2", { text: step.title }),
    make("p", { class: "cl-reason", text: step.reason.text }),
    make("p", { class: "cl-soft", text: facts(step) }),
    make("a", { class: "ct-button is-primary", href: page("practice"), text: say("learn_start") }),
  );
}

function facts(step) {
  return [kindOf(step), say("learn_about_minutes", { n: Math.max(1, Math.round(step.seconds / 60)) }), say("learn_chance", { n: Math.round(10 * step.success) })].join(" · ");
}

function kindOf({ kind }) {
  if (kind === "lesson") return say("learn_kind_lesson");
  return kind === "review" ? say("learn_kind_review") : say("learn_kind_practise");
}

function timed() {
  const list = make("ol", { class: "cl-plan" });
  const start = make("a", { class: "ct-button", hidden: true });
  const choices = minutes.map((n) => make("button", { type: "button", class: "cl-choice", "aria-pressed": "false", text: say("learn_minutes", { n }), onclick: choose }));
  async function choose({ currentTarget }) {
    for (const one of choices) one.setAttribute("aria-pressed", String(one === currentTarget));
    const n = minutes[choices.indexOf(currentTarget)];
    try {
      const { steps } = await told("POST", ofCourse("/next"), wanted({ minutes: n, most: 30 }));
      list.replaceChildren(...planned(steps));
      start.hidden = !steps.length;
      start.textContent = say("learn_start_minutes", { n });
      start.href = page("practice", { minutes: n });
      tell(say("learn_planned", { n: steps.length }));
    } catch (error) {
      trouble(error);
    }
  }
  return make("section", {}, make("h2", { text: say("learn_i_have") }), make("div", { class: "cl-choices", role: "group", "aria-label": say("learn_i_have") }, choices), list, start);
}

// Questions on one concept that follow each other are one line.
function planned(steps) {
  if (!steps.length) return [make("li", { text: say("learn_nothing_fits") })];
  const byConcept = new Map();
  for (const step of steps) {
    const line = byConcept.get(step.concept) ?? { ...step, count: 0 };
    byConcept.set(step.concept, { ...line, count: line.count + 1 });
  }
  return [...byConcept.values()].map((line) =>
    make("li", {}, make("span", { text: line.title }), make("span", { class: "cl-soft", text: `${kindOf(line)} · ${say("learn_questions", { n: line.count })}` })),
  );
}

function dueNow(due, waiting) {
  const title = make("h2", { text: say("learn_due") });
  if (!due.length && !waiting) return make("section", {}, title, make("p", { class: "cl-soft", text: say("learn_nothing_due") }));
  const rows = due.map((one) =>
    make("li", {}, make("a", { href: page("practice", { concept: one.concept }), text: one.title }), bar(one.known, percent(one.known)), make("span", { class: "cl-number", text: percent(one.known) })),
  );
  const cards = waiting && make("p", {}, make("a", { class: "ct-button", href: page("cards"), text: say("learn_cards_due", { n: waiting }) }));
  return make("section", {}, title, rows.length ? make("ul", { class: "cl-due" }, rows) : null, cards || null);
}

function otherwise(concepts, step) {
  const able = concepts.filter(({ questions, concept }) => questions && concept !== step?.concept);
  if (!able.length) return null;
  const choice = make("select", { name: "concept", required: true }, able.map((one) => make("option", { value: one.concept, text: `${one.title} · ${percent(one.known)}` })));
  const why = make("input", { name: "why", maxlength: 500, required: true, autocomplete: "off", placeholder: say("learn_why_example") });
  const form = make(
    "form",
    { class: "cl-form" },
    make("label", {}, make("span", { text: say("learn_concept") }), choice),
    make("label", {}, make("span", { text: say("learn_why") }), why),
    make("button", { class: "ct-button", text: say("learn_go") }),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      if (step) await ask("POST", ofCourse("/choice"), { concept: choice.value, instead_of: step.concept, why: why.value });
      location.href = page("practice", { concept: choice.value });
    } catch (error) {
      trouble(error);
    }
  });
  return make("details", { class: "cl-fold" }, make("summary", { text: say("learn_otherwise") }), form);
}

function aim(concepts) {
  const now = goal();
  const choice = make("select", { name: "concept" }, make("option", { value: "", text: say("learn_whole_course") }), concepts.map((one) => make("option", { value: one.concept, text: one.title })));
  choice.value = now.concepts?.[0] ?? "";
  const by = make("input", { name: "by", type: "date", value: now.by ?? "" });
  const form = make(
    "form",
    { class: "cl-form" },
    make("label", {}, make("span", { text: say("learn_goal_concept") }), choice),
    make("label", {}, make("span", { text: say("learn_goal_by") }), by),
    make("button", { class: "ct-button", text: say("learn_goal_keep") }),
    now.concepts || now.by ? button(say("learn_goal_drop"), () => (keepGoal(null), location.reload()), "is-quiet") : null,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keepGoal({ concepts: choice.value ? [choice.value] : [], by: by.value });
    location.reload();
  });
  const named = concepts.find(({ concept }) => concept === now.concepts?.[0])?.title ?? say("learn_whole_course");
  const line = now.concepts || now.by ? `${say("learn_goal")}: ${named}${now.by ? ` · ${dateOf(now.by)}` : ""}` : say("learn_goal_set");
  return make("details", { class: "cl-fold" }, make("summary", { text: line }), form);
}
