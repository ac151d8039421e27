// The course map: drawn, and as a list in which every concept is renamed, joined, removed, and given what comes before it.
// Every change is saved at once, and can be taken back.
import { drawing } from "../learn/graph.js";
import { button, make } from "../make.js";
import { say } from "../told.js";
import { choice, concepts as load, done, field, noMap, seen } from "./of_learning.js";
import { sure } from "./question.js";
import { ask, noTrouble, tell, trouble } from "./server.js";

let place = null;
let state = { revision: 0, concepts: [] };
const before = []; // the maps that changes can be taken back to

export async function draw(made) {
  place = made;
  await refresh();
}

async function refresh(open = "") {
  state = await load();
  const svg = await (await ask("GET", seen("/map.svg"))).text();
  if (!state.concepts.length && !before.length) return place.replaceChildren(noMap());
  const list = make("ul", { class: "cl-concepts is-edited" }, state.concepts.map(row));
  const undo = button(say("teach_map_undo"), takeBack);
  undo.disabled = !before.length;
  undo.id = "cl-undo";
  const draft = state.revision ? "" : make("p", { class: "cl-note", text: say("teach_map_draft") });
  place.replaceChildren(
    draft,
    drawing(svg, (id) => show(list, id)),
    make("div", { class: "cl-bar-of-tools" }, make("h2", { text: say("teach_map_concepts", { n: state.concepts.length }) }), undo),
    list,
    adding(),
  );
  if (open) show(list, open);
}

function show(list, id) {
  const fold = [...list.children].find(({ dataset }) => dataset.concept === id)?.querySelector("details");
  if (!fold) return;
  fold.open = true;
  fold.querySelector("summary").focus();
  fold.scrollIntoView({ block: "nearest" });
}

const titleOf = (id) => state.concepts.find((one) => one.id === id)?.title ?? id;

function row(concept) {
  const needs = concept.requires.map(titleOf).join(", ");
  const after = needs ? say("teach_map_after", { needs }) : say("teach_map_first");
  const fold = make("details", {}, make("summary", {}, make("span", { class: "cl-title", text: concept.title }), make("span", { class: "cl-soft", text: after })));
  fold.addEventListener("toggle", () => fold.open && fold.childElementCount === 1 && fold.append(tools(concept)));
  return make("li", { "data-concept": concept.id }, fold);
}

function tools(concept) {
  const others = state.concepts.filter(({ id }) => id !== concept.id).map(({ id, title }) => [id, title]);
  const free = others.filter(([id]) => !concept.requires.includes(id));
  return make("div", { class: "cl-evidence cl-tools" }, renaming(concept), needing(concept, free), others.length ? joining(concept, others) : "", removing(concept));
}

function renaming(concept) {
  const name = make("input", { value: concept.title, maxlength: 120, required: true, autocomplete: "off" });
  return line(field(say("teach_map_name"), name), say("teach_map_rename"), () => change((map) => (find(map, concept.id).title = name.value.trim()), say("teach_map_renamed"), concept.id));
}

function needing(concept, free) {
  const chips = concept.requires.map((id) =>
    make("li", {}, make("span", { text: titleOf(id) }), button(say("teach_map_need_remove", { need: titleOf(id) }), () => change((map) => (find(map, concept.id).requires = concept.requires.filter((one) => one !== id)), say("teach_map_saved"), concept.id), "is-quiet")),
  );
  const need = choice(free);
  const add = free.length ? line(field(say("teach_map_need"), need), say("teach_map_need_add"), () => change((map) => find(map, concept.id).requires.push(need.value), say("teach_map_saved"), concept.id)) : "";
  return make("div", {}, make("h3", { text: say("teach_map_needs") }), chips.length ? make("ul", { class: "cl-needs" }, chips) : make("p", { class: "cl-soft", text: say("teach_map_first") }), add);
}

function joining(concept, others) {
  const into = choice(others);
  return line(field(say("teach_map_merge"), into), say("teach_map_merge_do"), () => change((map) => merge(map, concept.id, into.value), say("teach_map_saved"), into.value, { [concept.id]: into.value }));
}

function removing(concept) {
  return button(say("teach_map_remove"), async () => {
    const agreed = await sure({ title: say("teach_map_remove_title", { concept: concept.title }), text: say("teach_map_remove_text"), yes: say("teach_map_remove") });
    if (agreed) change((map) => remove(map, concept.id), say("teach_map_saved"));
  }, "is-warm");
}

function adding() {
  const name = make("input", { maxlength: 120, required: true, autocomplete: "off" });
  return make("section", {}, make("h2", { text: say("teach_map_new") }), line(field(say("teach_map_name"), name), say("teach_map_add"), () => {
    const id = `t${Date.now().toString(36)}`;
    change((map) => map.push({ id, title: name.value.trim(), requires: [], places: [], figures: [], objectives: [] }), say("teach_map_saved"), id);
  }));
}

function line(labelled, words, press) {
  const form = make("form", { class: "cl-form is-line" }, labelled, make("button", { class: "ct-button", text: words }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    press();
  });
  return form;
}

const find = (map, id) => map.find((one) => one.id === id);

// What rested on a removed concept rests on what that one rested on.
function remove(map, id) {
  const gone = find(map, id);
  map.splice(map.indexOf(gone), 1);
  for (const one of map) if (one.requires.includes(id)) one.requires = distinct([...one.requires.filter((need) => need !== id), ...gone.requires], one.id);
}

function merge(map, id, into) {
  const gone = find(map, id);
  const kept = find(map, into);
  map.splice(map.indexOf(gone), 1);
  for (const part of ["places", "figures", "objectives"]) kept[part] = [...kept[part], ...gone[part]].slice(0, part === "objectives" ? 50 : 100);
  kept.requires = distinct([...kept.requires, ...gone.requires].filter((need) => need !== id), into);
  for (const one of map) if (one !== kept) one.requires = distinct(one.requires.map((need) => (need === id ? into : need)), one.id);
}

const distinct = (needs, but) => [...new Set(needs)].filter((need) => need !== but);

async function change(edit, said, open = "", merged = {}) {
  noTrouble();
  const concepts = structuredClone(state.concepts);
  edit(concepts);
  try {
    await done("PUT", "/map", { after: state.revision, concepts, merged });
    before.push(state.concepts);
    tell(said);
    await refresh(open);
  } catch (error) {
    trouble(error);
  }
}

async function takeBack() {
  const map = before.pop();
  try {
    await done("PUT", "/map", { after: state.revision, concepts: map });
    tell(say("teach_map_undone"));
    await refresh();
    const undo = document.getElementById("cl-undo");
    (undo.disabled ? document.getElementById("ct-main") : undo).focus();
  } catch (error) {
    before.push(map);
    trouble(error);
  }
}
