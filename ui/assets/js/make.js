// Elements from values. Text is always text: nothing of a course or a student becomes markup.
import { icons } from "./told.js";

export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") made.textContent = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

export const button = (text, press, kind = "") => make("button", { type: "button", class: `ct-button ${kind}`.trim(), text, onclick: press });

export function withIcon(name, element) {
  element.insertAdjacentHTML("afterbegin", icons[name]);
  return element;
}

// A place of the course; pressing it opens the place beside the page (source.js).
export function placeButton(place) {
  const name = [place.title, place.label].filter(Boolean).join(" · ");
  return withIcon("page", make("button", { type: "button", class: "cl-place", "data-source": place.source }, make("span", { text: name })));
}

export const percent = (share) => `${Math.round(100 * share)} %`;

const day = (options) => new Intl.DateTimeFormat(document.documentElement.lang, options);
export const dateOf = (iso) => day({ day: "numeric", month: "short" }).format(new Date(iso));
export const momentOf = (iso) => day({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(iso));

// How much of something is there; the number beside it says it in words.
export function bar(share, label) {
  const fill = make("span", { class: "cl-bar-fill" });
  fill.style.inlineSize = `${100 * share}%`;
  return make("span", { class: "cl-bar", role: "img", "aria-label": label }, fill);
}
