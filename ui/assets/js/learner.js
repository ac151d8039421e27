// Whose practice it is: an id that only this browser knows, the same in the conversation and on the pages of practice.
import { say } from "./told.js";

const key = "coursemate_learner";
let begun = null;

export async function learner() {
  const known = localStorage.getItem(key);
  if (known) return known;
  begun ??= begin();
  try {
    return await begun;
  } finally {
    begun = null;
  }
}

async function begin() {
  const response = await fetch("api/learners", { method: "POST" }).catch(() => null);
  if (!response?.ok) throw new Error(say("lost"));
  const given = (await response.json()).learner;
  localStorage.setItem(key, given);
  return given;
}

// A question of the conversation is sent by Gradio, with no header of ours: a cookie goes with it.
export function watchLearner() {
  if (localStorage.getItem(key)) tell();
  document.addEventListener("change", ({ target }) => {
    if (target.matches?.('#cm-ways input[value="practise"]')) tell().catch(() => {}); // then it is practised without a record
  });
}

async function tell() {
  document.cookie = `${key}=${await learner()}; path=/; SameSite=Strict`;
}
