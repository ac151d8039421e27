// How the tutor may help: in the whole course, and in sections of it where less is allowed. Every change is saved at once.
import { button, make } from "../make.js";
import { say } from "../told.js";
import { choice, field } from "./of_learning.js";
import { sure } from "./question.js";
import { ask, noTrouble, ofCourse, tell, trouble } from "./server.js";

const all = ["explain", "hint", "check", "lesson", "practise"];
const most = 4; // hints: the last is a worked step, which tells the answer
const graded = { ways: ["hint", "check"], rungs: most - 1 };
let limits = [];
let documents = [];
let place = null;
let saving = Promise.resolve();

const ofCourseItself = (limit) => !limit.document && !limit.heading;
const same = (a, b) => a.document === b.document && a.heading === b.heading;

export async function draw(made) {
  place = made;
  const [kept, known] = await Promise.all([ask("GET", ofCourse("/limits")), ask("GET", ofCourse("/limits/sections"))]);
  const read = await kept.json();
  ({ limits } = read);
  if (read.damaged) trouble(new Error(read.damaged));
  ({ documents } = await known.json());
  redraw();
}

function redraw(open = null) {
  const whole = limits.find(ofCourseItself) ?? { document: "", heading: "", ways: all, rungs: most };
  const sections = limits.filter((limit) => !ofCourseItself(limit));
  const list = sections.length ? make("ul", { class: "cl-concepts is-limits" }, sections.map(row)) : make("p", { class: "cl-soft", text: say("teach_l_no_sections") });
  place.replaceChildren(
    make("section", {}, make("h2", { text: say("teach_l_whole") }), formOf(whole)),
    make("section", { id: "cl-sections" }, make("h2", { text: say("teach_l_sections") }), make("p", { class: "cl-soft", text: say("teach_l_sections_lead") }), list, adding()),
  );
  if (open) unfold(sections.findIndex((limit) => same(limit, open)));
}

function unfold(n) {
  const fold = place.querySelectorAll(".is-limits details")[n];
  if (!fold) return;
  fold.open = true;
  fold.querySelector("summary").focus();
}

function row(limit) {
  const told = make("span", { class: "cl-soft", text: inWords(limit) });
  const form = formOf(limit, (now) => (told.textContent = inWords(now)));
  const remove = button(say("teach_l_remove"), () => removed(limit), "is-warm");
  return make("li", {}, make("details", {}, make("summary", {}, make("span", { class: "cl-title", text: nameOf(limit) }), told), make("div", { class: "cl-evidence" }, form, make("div", { class: "ct-buttons" }, remove))));
}

function nameOf({ document: path, heading }) {
  const title = path ? (documents.find((one) => one.document === path)?.title ?? path) : say("teach_l_any_file");
  return heading ? `${title} · ${heading}` : title;
}

function inWords({ ways, rungs }) {
  if (!ways.length) return say("teach_l_nothing");
  const names = ways.map(wayOf).join(", ");
  return tellsAnswer(ways, rungs) ? names : `${names} · ${say("teach_l_never_short")}`;
}

const tellsAnswer = (ways, rungs) => ways.includes("explain") || (ways.includes("hint") && rungs >= most);

function wayOf(way) {
  const words = { explain: say("way_name_explain"), hint: say("way_name_hint"), check: say("way_name_check"), lesson: say("way_name_lesson"), practise: say("way_name_practise") };
  return words[way];
}

function formOf(limit, changed = () => {}) {
  const now = { ...limit, ways: [...limit.ways] };
  const boxes = all.map((way) => make("input", { type: "checkbox", value: way, checked: now.ways.includes(way) }));
  const rungs = choice(rungsInWords());
  const said = make("p", { class: "cl-note", role: "status" });
  const show = () => {
    rungs.value = String(now.rungs);
    rungs.disabled = !now.ways.includes("hint");
    for (const box of boxes) box.checked = now.ways.includes(box.value);
    said.textContent = tellsAnswer(now.ways, now.rungs) ? say("teach_l_may_tell") : say("teach_l_never_tells");
    changed(now);
  };
  const keep = () => {
    show();
    save(now);
  };
  const form = make(
    "div",
    { class: "cl-limit" },
    make("fieldset", { class: "cl-sure" }, make("legend", { text: say("teach_l_ways") }), make("div", { class: "cl-choices" }, boxes.map((box) => make("label", { class: "cl-choice" }, box, make("span", { text: wayOf(box.value) }))))),
    field(say("teach_l_rungs"), rungs),
    said,
    make("div", { class: "ct-buttons" }, button(say("teach_l_graded"), () => keep(Object.assign(now, { ways: [...graded.ways], rungs: graded.rungs }))), button(say("teach_l_all"), () => keep(Object.assign(now, { ways: [...all], rungs: most })), "is-quiet")),
  );
  form.addEventListener("change", () => keep(Object.assign(now, { ways: boxes.filter(({ checked }) => checked).map(({ value }) => value), rungs: Number(rungs.value) })));
  show();
  return form;
}

const rungsInWords = () => [["4", say("teach_l_rungs_4")], ["3", say("teach_l_rungs_3")], ["2", say("teach_l_rungs_2")], ["1", say("teach_l_rungs_1")], ["0", say("teach_l_rungs_0")]];

function adding() {
  const file = choice([["", say("teach_l_any_file")], ...documents.map((one) => [one.document, one.title])]);
  const heading = make("select");
  const fill = () => heading.replaceChildren(...choice([["", say("teach_l_whole_file")], ...headingsOf(file.value).map((one) => [one, one])]).children);
  file.addEventListener("change", fill);
  file.selectedIndex = documents.length ? 1 : 0;
  fill();
  const form = make("form", { class: "cl-form is-limit" }, field(say("teach_l_file"), file), field(say("teach_l_heading"), heading), make("button", { class: "ct-button", text: say("teach_l_add") }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const limit = { document: file.value, heading: heading.value, ...graded };
    if (ofCourseItself(limit)) return trouble(new Error(say("teach_l_choose")));
    if (!limits.some((one) => same(one, limit))) save(limit);
    redraw(limit);
  });
  return form;
}

// Without a file: every heading that any file has, each once.
const headingsOf = (path) => [...new Set(documents.filter((one) => !path || one.document === path).flatMap((one) => one.headings))];

async function removed(limit) {
  if (!(await sure({ title: say("teach_l_remove_sure"), text: say("teach_l_remove_text", { section: nameOf(limit) }), yes: say("teach_l_remove") }))) return;
  limits = limits.filter((one) => !same(one, limit));
  send(say("teach_l_removed"));
  redraw();
  place.querySelector("#cl-sections select").focus();
}

function save(limit) {
  const free = ofCourseItself(limit) && limit.ways.length === all.length && limit.rungs === most;
  const at = limits.findIndex((one) => same(one, limit));
  const kept = { document: limit.document, heading: limit.heading, ways: [...limit.ways], rungs: limit.rungs };
  limits = free ? limits.filter((one) => !same(one, limit)) : at < 0 ? [...limits, kept] : limits.map((one, n) => (n === at ? kept : one));
  send(say("teach_l_saved"));
}

// One after the other, so that the last change is the one that stays.
function send(words) {
  const body = { limits };
  saving = saving.then(async () => {
    noTrouble();
    try {
      await ask("PUT", ofCourse("/limits"), body);
      place.dataset.saved = JSON.stringify(body.limits);
      tell(words);
    } catch (error) {
      trouble(error);
    }
  });
}
