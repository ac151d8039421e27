// What the student's pages ask of the server, in the name of a learner that only this browser knows.
import { learner } from "../learner.js";
import { ask as plainly } from "../teach/server.js";

export const main = () => document.getElementById("cl-main");
export const course = () => main().dataset.course;
export const teaches = () => "teacher" in main().dataset;

export function page(view, more = {}) {
  return `learn?${new URLSearchParams({ course: course(), view, ...more })}`;
}

export function ofCourse(rest, query) {
  const address = `api/courses/${encodeURIComponent(course())}/learning${rest}`;
  return query ? `${address}?${new URLSearchParams(query)}` : address;
}

export async function ask(method, address, value) {
  return plainly(method, address, value, { "coursemate-learner": await learner() });
}

export const told = async (method, address, value) => (await ask(method, address, value)).json();

// What a learner wants to reach in this course, and by when; kept in this browser.
const goalKey = () => `coursemate_goal_${course()}`;

export function goal() {
  return JSON.parse(localStorage.getItem(goalKey()) ?? "{}");
}

export function keepGoal(wanted) {
  if (wanted) localStorage.setItem(goalKey(), JSON.stringify(wanted));
  else localStorage.removeItem(goalKey());
}

export function wanted(more = {}) {
  const { concepts = [], by = "" } = goal();
  const until = by ? { by: new Date(`${by}T23:59:59`).toISOString() } : {};
  return { concepts, ...until, ...more };
}
