// Pages with nothing on them yet say what to do first.
import { make } from "../make.js";
import { say } from "../told.js";
import { course, teaches } from "./server.js";

// What is missing before anybody can practise, or nothing.
export function missing(concepts) {
  const link = (part, words) => teaches() && make("p", {}, make("a", { class: "ct-button is-primary", href: `teach?${new URLSearchParams({ course: course(), part })}`, text: words }));
  if (!concepts.length) return empty(say("learn_no_map"), say(teaches() ? "learn_no_map_teacher" : "learn_no_map_student"), link("map", say("learn_open_map")));
  if (concepts.some(({ questions }) => questions)) return null;
  return empty(say("learn_no_questions"), say(teaches() ? "learn_no_questions_teacher" : "learn_no_questions_student"), link("questions", say("learn_make_now")));
}

export function empty(title, text, ...more) {
  return make("section", { class: "cl-empty" }, make("h2", { text: title }), make("p", { class: "cl-soft", text }), ...more);
}
