// Other courses that suit, from interests and gaps, each with what contributed how much.
import { bar, make, percent } from "../make.js";
import { tell, trouble } from "../teach/server.js";
import { say } from "../told.js";
import { empty } from "./empty.js";
import { course, told } from "./server.js";

const key = "coursemate_interests";

export async function draw(place) {
  const field = make("input", { name: "interests", maxlength: 400, autocomplete: "off", value: localStorage.getItem(key) ?? "", placeholder: say("learn_interests_example") });
  const form = make("form", { class: "cl-form is-line" }, make("label", {}, make("span", { text: say("learn_interests") }), field), make("button", { class: "ct-button is-primary", text: say("learn_find_courses") }));
  const found = make("div", { class: "cl-found" });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    localStorage.setItem(key, field.value);
    show(found, field.value);
  });
  place.append(make("p", { class: "cl-lead", text: say("learn_courses_lead") }), form, found);
  await show(found, field.value);
}

async function show(place, typed) {
  const interests = typed.split(/[,;，；、]/).map((one) => one.trim().slice(0, 200)).filter(Boolean).slice(0, 10);
  place.setAttribute("aria-busy", "true");
  try {
    const { courses } = await told("POST", "api/recommendations", { interests, most: 6 });
    const rows = courses.map((one) => row(one, interests));
    place.replaceChildren(rows.length ? make("ol", { class: "cl-shelf" }, rows) : empty(say("learn_no_courses"), say("learn_no_courses_lead")));
    if (rows.length) tell(say("learn_found_courses", { n: rows.length }));
  } catch (error) {
    trouble(error);
  } finally {
    place.setAttribute("aria-busy", "false");
  }
}

function row(found, interests) {
  const here = found.name === course() ? make("span", { class: "cl-tag", text: say("learn_this_course") }) : null;
  const modalities = { description: say("learn_by_description"), cover: say("learn_by_cover"), recording: say("learn_by_recording") };
  const wants = Object.entries(found.wants).map(([name, part]) => [interests.includes(name) ? name : say("learn_gap", { concept: name }), part]);
  return make(
    "li",
    {},
    make("h2", {}, make("a", { href: `learn?${new URLSearchParams({ course: found.name })}`, text: found.title }), here),
    make("div", { class: "cl-why" }, shares(say("learn_because_of"), wants, found.score), shares(say("learn_seen_in"), Object.entries(found.modalities).map(([name, part]) => [modalities[name] ?? name, part]), found.score)),
  );
}

function shares(title, parts, score) {
  const rows = parts.filter(([, part]) => part > 0).sort(([, a], [, b]) => b - a).map(([name, part]) => make("li", {}, make("span", { text: name }), bar(part / score, percent(part / score)), make("span", { class: "cl-number", text: percent(part / score) })));
  return make("div", {}, make("h3", { text: title }), make("ul", { class: "cl-shares" }, rows));
}
