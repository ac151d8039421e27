// The files of the course: drawn by the server, again whenever they changed; replaced, removed, dismissed from here.
import { say } from "../told.js";
import { replace } from "./drops.js";
import { sure } from "./question.js";
import { ask, course, noTrouble, ofCourse, tell, trouble } from "./server.js";

const paceMs = 1000; // between two drawings while many small files are read
let due = 0;

export function watchLists() {
  count();
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-replace], [data-remove], [data-dismiss], [data-remove-course]");
    if (!button) return;
    const name = button.closest("[data-document]")?.dataset.document;
    try {
      if (button.matches("[data-replace]")) replace(name);
      else if (button.matches("[data-remove]")) await remove(name);
      else if (button.matches("[data-dismiss]")) await change("/refused", name);
      else await removeCourse();
    } catch (error) {
      trouble(error);
    }
  });
}

export function refreshLists() {
  due ||= setTimeout(draw, paceMs);
}

async function draw() {
  due = 0;
  try {
    const html = await (await ask("GET", ofCourse("/list"))).text();
    const place = document.getElementById("ct-lists");
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    const name = focused?.closest("[data-document]")?.dataset.document;
    const label = focused?.getAttribute("aria-label") ?? focused?.textContent;
    place.innerHTML = html;
    count();
    if (focused) again(place, name, label);
  } catch (error) {
    trouble(error);
  }
}

// The focus stays on the button it was on, or goes to the list when that is gone.
function again(place, name, label) {
  const row = [...place.querySelectorAll("[data-document]")].find((one) => one.dataset.document === name);
  const same = [...(row?.querySelectorAll("a, button") ?? [])].find(
    (one) => (one.getAttribute("aria-label") ?? one.textContent) === label,
  );
  (same ?? document.getElementById("ct-main")).focus({ preventScroll: true });
}

function count() {
  document.getElementById("ct-counts").textContent = document.getElementById("ct-counts-now").textContent;
}

async function remove(name) {
  const title = say("teach_remove_title", { name });
  if (!(await sure({ title, text: say("teach_remove_text"), yes: say("teach_remove_yes") }))) return;
  await change("/document", name);
  tell(say("teach_removed", { name }));
}

async function change(what, name) {
  noTrouble();
  await ask("DELETE", ofCourse(what, { document: name }));
  await draw();
}

async function removeCourse() {
  const name = course();
  const agreed = await sure({
    title: say("teach_remove_course_title"),
    text: say("teach_remove_course_text"),
    yes: say("teach_remove_course_yes"),
    type: name,
    typeLabel: say("teach_remove_course_type", { name }),
  });
  if (!agreed) return;
  await ask("DELETE", ofCourse(""), { confirm: name });
  location.href = "teach";
}
