// Defines <coursemate-tutor>, and puts one on the page when the script's own tag names a course.
import { CoursemateTutor } from "./element";

const TAG = "coursemate-tutor";
const script = document.currentScript as HTMLScriptElement | null;

CoursemateTutor.home = script?.src ? new URL(".", script.src).href : "";
// The server that gives this script out writes "listed" in place of the last word where a listed page asked for it.
CoursemateTutor.listed = "this page is not known".endsWith("listed");
if (!customElements.get(TAG)) customElements.define(TAG, CoursemateTutor);
if (script?.dataset.course && !document.querySelector(TAG)) {
  const element = document.createElement(TAG);
  for (const [name, value] of Object.entries(script.dataset)) element.setAttribute(name, value ?? "");
  if (document.body) document.body.append(element);
  else addEventListener("DOMContentLoaded", () => document.body.append(element), { once: true });
}
