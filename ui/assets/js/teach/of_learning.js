// Requests about a course's map, questions and class, and the words for what comes back.
import { make } from "../make.js";
import { say } from "../told.js";
import { ask, course, ofCourse } from "./server.js";

export const seen = (rest) => `api/courses/${encodeURIComponent(course())}/learning${rest}`;
export const told = async (method, rest, value) => (await ask(method, ofCourse(`/learning${rest}`), value)).json();
export const done = (method, rest, value) => ask(method, ofCourse(`/learning${rest}`), value);
export const concepts = async () => (await ask("GET", seen("/map"))).json();
export const partPage = (part, more = {}) => `teach?${new URLSearchParams({ course: course(), part, ...more })}`;

export function kindOf(kind) {
  const words = { choice: say("teach_kind_choice"), several: say("teach_kind_several"), number: say("teach_kind_number"), short: say("teach_kind_short"), order: say("teach_kind_order"), label: say("teach_kind_label") };
  return words[kind];
}

export function noMap() {
  return make("section", { class: "cl-empty" }, make("h2", { text: say("learn_no_map") }), make("p", { class: "cl-soft", text: say("learn_no_map_teacher") }), make("p", {}, make("a", { class: "ct-button is-primary", href: `teach?${new URLSearchParams({ course: course() })}`, text: say("teach_to_files") })));
}

export const field = (words, control) => make("label", {}, make("span", { text: words }), control);
export const choice = (pairs, attributes = {}) => make("select", attributes, pairs.map(([value, text]) => make("option", { value, text })));
