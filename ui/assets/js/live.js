// The answer for those who listen to the screen: sentence by sentence, not letter by letter.
import { say } from "./told.js";

const sentenceEnd = /[.!?。！？]["”』」)]*(?:\s|$)|\n\n/g;
let announced = 0;
let lastStage = "";

export function forgetAnnounced() {
  announced = 0;
  lastStage = "";
  region().replaceChildren();
}

export function announce({ text, stage, found }) {
  if (stage !== lastStage && !["writing", "done"].includes(stage)) tell(stageWords());
  lastStage = stage;
  const finished = stage === "done" || stage === "stopped";
  const until = finished ? text.length : lastSentenceEnd(text);
  if (until > announced) tell(plain(text.slice(announced, until)));
  announced = Math.max(announced, until);
  if (finished && found) {
    const notes = document.querySelectorAll("#cm-turn .cm-notes > li").length;
    if (notes) tell(say("answer_done", { n: notes }));
  }
}

function lastSentenceEnd(text) {
  let end = 0;
  for (const found of text.matchAll(sentenceEnd)) end = found.index + found[0].length;
  return end;
}

function stageWords() {
  return document.querySelector("#cm-turn .cm-stage")?.textContent ?? "";
}

function plain(text) {
  return text.replace(/\s*\[\d+(?:\s*,\s*\d+)*\]/g, "").replace(/[*_`#]+/g, "").trim();
}

function tell(words) {
  if (!words) return;
  const line = document.createElement("p");
  line.textContent = words;
  region().append(line);
}

function region() {
  return document.getElementById("cm-live");
}
