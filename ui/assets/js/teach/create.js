// A new course: the short name follows the title until the teacher writes another.
import { ask } from "./server.js";

export function watchCreate() {
  const form = document.getElementById("ct-create");
  const { title, name, language } = form.elements;
  let own = false;
  title.addEventListener("input", () => own || (name.value = shortName(title.value)));
  name.addEventListener("input", () => (own = name.value !== ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const error = form.querySelector(".ct-error");
    error.hidden = true;
    try {
      const made = { title: title.value, name: name.value, language: language.value };
      const course = await (await ask("POST", "api/teach/courses", made)).json();
      location.href = `teach?${new URLSearchParams({ course: course.name })}`;
    } catch (refused) {
      error.textContent = refused.message;
      error.hidden = false;
      button.disabled = false;
      name.focus();
    }
  });
}

function shortName(title) {
  const words = title.normalize("NFC").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return words.replace(/^-+|-+$/g, "").slice(0, 40).replace(/-+$/, "");
}
