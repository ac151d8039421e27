// What the teacher decided where the learner disagreed with a mark: shown until the learner has read it.
import { button, make, percent } from "../make.js";
import { tell, trouble } from "../teach/server.js";
import { say } from "../told.js";
import { ask, main, ofCourse } from "./server.js";

export function decided(rulings) {
  const unread = rulings.filter(({ seen }) => !seen);
  if (!unread.length) return [];
  const section = make("section", { class: "cl-rulings" }, make("h2", { text: say("learn_ruled") }));
  section.append(make("ul", {}, unread.map((one) => row(one, section))));
  return [section];
}

function row(one, section) {
  const read = button(say("learn_ruled_read"), async () => {
    try {
      await ask("POST", ofCourse(`/rulings/${encodeURIComponent(one.id)}/seen`));
      item.remove();
      tell(say("learn_ruled_done"));
      const next = section.querySelector("button");
      if (!next) section.remove();
      (next ?? main()).focus();
    } catch (error) {
      trouble(error);
    }
  });
  const item = make(
    "li",
    { "data-ruling": one.id },
    make("p", {}, make("b", { text: one.text })),
    make("p", { text: verdict(one) }),
    one.note ? make("blockquote", { class: "cm-quoted", text: one.note }) : null,
    read,
  );
  return item;
}

function verdict({ granted, before, after }) {
  if (!granted) return say("learn_ruled_stands");
  return before === null ? say("learn_ruled_counts") : say("learn_ruled_granted", { before: percent(before), after: percent(after) });
}
