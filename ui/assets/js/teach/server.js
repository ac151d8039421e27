// Requests to the server. What it refuses becomes an Error with its sentence in the reader's language.
import { say } from "../told.js";

export const course = () => document.querySelector("[data-course]").dataset.course;
export const ofCourse = (rest, query) =>
  `api/teach/courses/${encodeURIComponent(course())}${rest}${query ? `?${new URLSearchParams(query)}` : ""}`;

export async function ask(method, address, value, more = {}) {
  const body = value === undefined ? { headers: more } : { body: JSON.stringify(value), headers: { "content-type": "application/json", ...more } };
  let response;
  try {
    response = await fetch(address, { method, ...body });
  } catch {
    throw new Error(say("lost"));
  }
  if (response.ok) return response;
  throw new Error((await response.json().catch(() => ({}))).message ?? say("lost"));
}

export function tell(words) {
  const line = document.createElement("p");
  line.textContent = words;
  const region = document.getElementById("cm-live");
  region.append(line);
  while (region.childElementCount > 20) region.firstChild.remove();
}

// Trouble stands at the top of the page until the next thing is done, and is read out.
export function trouble(error) {
  const line = document.getElementById("cm-status");
  line.classList.add("is-failed");
  line.textContent = error.message;
  line.hidden = false;
}

export function noTrouble() {
  document.getElementById("cm-status").hidden = true;
}

export function part(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
