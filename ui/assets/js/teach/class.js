// The class: where it is stuck, which questions it misses, what it disagrees with. Numbers only, no names.
import { button, make, momentOf, percent } from "../make.js";
import { say } from "../told.js";
import { done, field, partPage, told } from "./of_learning.js";
import { tell, trouble } from "./server.js";

const levels = ["beginning", "growing", "nearly", "mastered"];

export async function draw(place) {
  const [{ concepts, missed }, { disagreements }] = await Promise.all([told("GET", "/class"), told("GET", "/disagreements")]);
  const asked = concepts.filter(({ learners }) => learners);
  if (!asked.length && !disagreements.length) {
    return place.append(make("section", { class: "cl-empty" }, make("h2", { text: say("teach_class_none") }), make("p", { class: "cl-soft", text: say("teach_class_none_lead") }), make("p", {}, make("a", { class: "ct-button is-primary", href: partPage("questions"), text: say("teach_class_to_questions") }))));
  }
  place.append(settling(disagreements), standing(asked, concepts.length - asked.length), missing(missed));
}

function settling(rows) {
  const section = make("section", {}, make("h2", { text: say("teach_class_disagreements", { n: rows.length }) }));
  if (!rows.length) return section.append(make("p", { class: "cl-soft", text: say("teach_class_no_disagreements") })), section;
  const list = make("ul", { class: "cl-disagreements" }, rows.map((one) => disagreement(one, section)));
  section.append(make("p", { class: "cl-soft", text: say("teach_class_disagreements_lead") }), list);
  return section;
}

function disagreement(one, section) {
  const note = make("input", { maxlength: 500, autocomplete: "off" });
  async function rule(granted) {
    try {
      await done("PUT", `/disagreements/${encodeURIComponent(one.id)}`, { granted, note: note.value.trim() });
      item.remove();
      const left = section.querySelectorAll("li[data-disagreement]").length;
      section.querySelector("h2").textContent = say("teach_class_disagreements", { n: left });
      tell(granted ? say("teach_class_granted") : say("teach_class_stands_told"));
      (section.querySelector("li button") ?? document.getElementById("ct-main")).focus();
    } catch (error) {
      trouble(error);
    }
  }
  const item = make(
    "li",
    { "data-disagreement": one.id },
    make("p", {}, make("b", { text: one.text }), make("span", { class: "cl-soft", text: ` · ${momentOf(one.at)}` })),
    one.key.length ? make("p", { class: "cl-soft", text: say("teach_class_key", { key: one.key.join("; ") }) }) : null,
    make("p", { class: "cl-soft", text: answerOf(one) }),
    make("blockquote", { class: "cm-quoted", text: one.why }),
    make("div", { class: "cl-form is-ruling" }, field(say("teach_class_note"), note)),
    make(
      "div",
      { class: "ct-buttons" },
      button(say("teach_class_grant"), () => rule(true)),
      button(say("teach_class_stands"), () => rule(false)),
      make("a", { class: "ct-button is-quiet", href: partPage("questions", { question: one.question }), text: say("teach_class_open") }),
    ),
  );
  return item;
}

function answerOf({ given, score }) {
  if (score === null) return say("teach_class_uncounted");
  return given ? say("teach_class_given", { given, percent: percent(score) }) : say("teach_class_mark", { percent: percent(score) });
}

function standing(concepts, rest) {
  const words = { beginning: say("teach_class_beginning"), growing: say("teach_class_growing"), nearly: say("teach_class_nearly"), mastered: say("teach_class_mastered") };
  const legend = make("ul", { class: "cl-legend", "aria-hidden": "true" }, levels.map((level) => make("li", {}, make("span", { class: `is-${level}` }), words[level])));
  const rows = concepts.map((one) => {
    const told_ = levels.filter((level) => one.levels[level]).map((level) => `${words[level]}: ${one.levels[level]}`).join(", ");
    const bar = make("span", { class: "cl-stack", role: "img", "aria-label": told_ }, levels.map((level) => part(level, one.levels[level])));
    return make("li", {}, make("span", { class: "cl-title", text: one.title }), bar, make("span", { class: "cl-number", text: say("teach_class_learners", { n: one.learners }) }));
  });
  const more = rest ? make("p", { class: "cl-soft", text: say("teach_class_rest", { n: rest }) }) : null;
  return make("section", {}, make("h2", { text: say("teach_class_standing") }), make("p", { class: "cl-soft", text: say("teach_class_standing_lead") }), legend, make("ul", { class: "cl-class" }, rows), more);
}

function part(level, count) {
  const made = make("span", { class: `is-${level}`, text: count || "" });
  made.style.flexGrow = count;
  return made;
}

function missing(missed) {
  const title = make("h2", { text: say("teach_class_missed") });
  if (!missed.length) return make("section", {}, title, make("p", { class: "cl-soft", text: say("teach_class_none_missed") }));
  const rows = missed.map((one) => make("li", {}, make("a", { href: partPage("questions", { question: one.question }), text: one.text }), make("span", { class: "cl-number", text: say("teach_class_score", { percent: percent(one.mean), n: one.answers }) })));
  return make("section", {}, title, make("ol", { class: "cl-missed" }, rows));
}
