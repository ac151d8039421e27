// The ways of tutoring beside the box: one group for the keyboard, and the box says what belongs into it.
import { say } from "./told.js";

const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const group = () => document.getElementById("cm-ways");
const inputs = () => [...group().querySelectorAll("input")];

export function watchWays() {
  document.addEventListener("coursemate:opened", () => {
    follow();
    // aria-checked, since Gradio gives each button a group of its own: for a moment after a choice two of them are checked.
    new MutationObserver(follow).observe(group(), { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-checked"] });
    const box = document.getElementById("cm-box");
    new MutationObserver(follow).observe(box, { childList: true, subtree: true, attributes: true, attributeFilter: ["placeholder"] });
    group().addEventListener("keydown", move);
  });
}

export function chooseWay(way) {
  if (way && way !== chosen()) inputs().find((input) => input.value === way)?.click();
}

function chosen() {
  return group()?.querySelector('input[aria-checked="true"]')?.value || "explain";
}

function move(event) {
  const step = steps[event.key];
  if (!step || event.target.type !== "radio") return;
  event.preventDefault();
  const all = inputs();
  const next = all[(all.indexOf(event.target) + step + all.length) % all.length];
  next.focus();
  next.click();
}

function follow() {
  const row = group()?.querySelector("label")?.parentElement;
  const area = document.querySelector("#cm-box textarea");
  if (!row || !area) return;
  row.setAttribute("role", "radiogroup");
  row.setAttribute("aria-label", say("ways"));
  const way = chosen();
  for (const input of inputs()) input.tabIndex = input.value === way ? 0 : -1;
  const wanted = say(`way_${way}`);
  if (area.placeholder !== wanted) area.placeholder = wanted;
}
