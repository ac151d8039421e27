// The questions of a course: written by the machine, reviewed, corrected, pinned or thrown away by the teacher.
import { button, make, placeButton } from "../make.js";
import { say } from "../told.js";
import { choice, concepts as load, done, field, kindOf, noMap, told } from "./of_learning.js";
import { formOf } from "./question_form.js";
import { noTrouble, tell, trouble } from "./server.js";
import { writing } from "./writing.js";

const address = new URLSearchParams(location.search);
let place = null;
let concepts = [];
let questions = [];
let thrown = {};
const filter = { concept: "", standing: "" };

export async function draw(made) {
  place = made;
  ({ concepts } = await load());
  if (!concepts.length) return place.append(noMap());
  const list = make("section", { id: "cl-list" });
  await fetchAll();
  place.append(await writing(concepts, () => questions, again), list);
  show(list);
  const wished = address.get("question");
  if (wished) requestAnimationFrame(() => open(wished));
}

async function fetchAll() {
  const all = await told("GET", "/questions");
  questions = all.questions;
  thrown = all.thrown_away;
}

async function again(opened = "") {
  await fetchAll();
  show(document.getElementById("cl-list"));
  if (opened) open(opened);
}

function open(id) {
  const fold = document.querySelector(`[data-question="${CSS.escape(id)}"] details`);
  if (!fold) return;
  fold.open = true;
  fold.querySelector("summary").focus();
  fold.scrollIntoView({ block: "nearest" });
}

function show(list) {
  const named = new Map(concepts.map(({ id, title }) => [id, title]));
  const shown = questions.filter((one) => (!filter.concept || one.concept === filter.concept) && (!filter.standing || one.standing === filter.standing));
  const rows = shown.map((one) => row(one, named.get(one.concept) ?? say("teach_q_no_concept")));
  const title = make("h2", { text: say("teach_q_count", { n: shown.length }) });
  list.replaceChildren(title, filters(list), rows.length ? make("ul", { class: "cl-concepts is-questions" }, rows) : make("p", { class: "cl-soft", text: say("teach_q_none") }), own(), thrownAway());
}

function filters(list) {
  const all = choice([["", say("teach_q_all_concepts")], ...concepts.map(({ id, title }) => [id, title])]);
  const standing = choice([["", say("teach_q_all")], ["kept", say("teach_q_kept")], ["pinned", say("teach_q_pinned")], ["dropped", say("teach_q_dropped")]]);
  all.value = filter.concept;
  standing.value = filter.standing;
  const form = make("div", { class: "cl-filters" }, field(say("learn_concept"), all), field(say("teach_q_standing"), standing));
  form.addEventListener("change", () => {
    const focused = document.activeElement === all ? 0 : 1;
    Object.assign(filter, { concept: all.value, standing: standing.value });
    show(list);
    list.querySelectorAll(".cl-filters select")[focused].focus();
  });
  return form;
}

function row(question, concept) {
  const tag = question.standing === "kept" ? "" : make("span", { class: `cl-tag is-${question.standing}`, text: question.standing === "pinned" ? say("teach_q_pinned") : say("teach_q_dropped") });
  const fold = make("details", {}, make("summary", {}, make("span", { class: "cl-title" }, question.text, make("small", { class: "cl-soft", text: `${kindOf(question.kind)} · ${concept}` })), tag));
  fold.addEventListener("toggle", () => fold.open && fold.childElementCount === 1 && fold.append(inside(question)));
  return make("li", { "data-question": question.id }, fold);
}

function inside(question) {
  const key = new Set(question.kind === "order" ? [] : question.right);
  const options = question.kind === "order" ? make("ol", { class: "cl-key" }, question.key_text.map((text) => make("li", { text }))) : make("ul", { class: "cl-keyed" }, question.options.map((text, n) => make("li", { class: key.has(n) ? "is-right" : "" }, make("span", { text }), key.has(n) ? make("span", { class: "cl-tag", text: say("learn_is_right") }) : null)));
  const typed = question.options.length ? options : make("ul", { class: "cl-keyed" }, question.key_text.map((text) => make("li", { class: "is-right" }, make("span", { text }))));
  const edit = make("div");
  const tools = make("div", { class: "ct-buttons" }, button(say("teach_q_edit"), () => (edit.firstChild ? edit.replaceChildren() : edit.append(formOf(question, concepts, (body) => save(question.id, body))))), standings(question));
  return make("div", { class: "cl-evidence" }, make("div", {}, typed, question.quote ? make("blockquote", { class: "cm-quoted", text: question.quote }) : "", question.source ? placeButton(question.source) : "", tools, edit));
}

function standings({ id, standing }) {
  const ways = { kept: ["pinned", "dropped"], pinned: ["kept", "dropped"], dropped: ["kept"] };
  const words = { pinned: say("teach_q_pin"), dropped: say("teach_q_drop"), kept: say(standing === "dropped" ? "teach_q_restore" : "teach_q_unpin") };
  return ways[standing].map((to) => button(words[to], () => act(() => done("PUT", `/questions/${encodeURIComponent(id)}/standing`, { standing: to }), id), to === "dropped" ? "is-warm" : ""));
}

async function save(id, body) {
  await done("PUT", `/questions/${encodeURIComponent(id)}`, body);
  tell(say("teach_q_saved"));
  await again(id);
}

async function act(work, id) {
  noTrouble();
  try {
    await work();
    tell(say("teach_q_saved"));
    await again(id);
  } catch (error) {
    trouble(error);
  }
}

function own() {
  const space = make("div");
  const write = button(say("teach_q_own"), () => (space.firstChild ? space.replaceChildren() : space.append(formOf(null, concepts, (body) => save(`own-${Date.now().toString(36)}`, body)))));
  return make("div", { class: "cl-own" }, write, space);
}

function thrownAway() {
  const rows = Object.entries(thrown).sort(([, a], [, b]) => b - a);
  if (!rows.length) return "";
  const sum = rows.reduce((all, [, n]) => all + n, 0);
  return make("details", { class: "cl-fold" }, make("summary", { text: say("teach_q_thrown", { n: sum }) }), make("p", { class: "cl-soft", text: say("teach_q_thrown_lead") }), make("ul", { class: "cl-counts" }, rows.map(([reason, n]) => make("li", {}, make("span", { text: reasonOf(reason) }), make("b", { class: "cl-number", text: n })))));
}

function reasonOf(reason) {
  const words = {
    form: say("teach_q_why_form"), trivia: say("teach_q_why_trivia"), not_in_passage: say("teach_q_why_not_in_passage"), gives_away: say("teach_q_why_gives_away"),
    options_alike: say("teach_q_why_options_alike"), near_copy: say("teach_q_why_near_copy"), not_answerable: say("teach_q_why_not_answerable"), other_key: say("teach_q_why_other_key"),
    points_at_text: say("teach_q_why_points_at_text"), not_standing_alone: say("teach_q_why_not_standing_alone"),
  };
  return words[reason] ?? reason;
}
