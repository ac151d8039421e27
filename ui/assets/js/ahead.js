// While a question is typed or spoken, the server is told the words so far and reads ahead. Never through Gradio: a short
// event of its own could lose the question that is sent next.
const paceMs = 300; // between two drafts within a word; at its end one goes at once
const least = 3; // characters
const wordEnds = /[\s?!.,;:？！。，；：]$/;

const name = crypto.getRandomValues(new Uint32Array(4)).join("");
let conversation = "";
let told = "";
let words = "";
let last = 0;
let due = 0;

export function watchTyping() {
  // Letters that are still being composed into a Chinese word say nothing yet.
  for (const name of ["input", "compositionend"]) {
    document.addEventListener(name, ({ target, isComposing }) => {
      if (!isComposing && target.matches?.("#cm-box textarea")) grew(target.value);
    });
  }
  document.addEventListener("coursemate:partial", ({ detail }) => grew(`${box()?.value ?? ""} ${detail}`));
  document.addEventListener("coursemate:signal", ({ detail }) => {
    ({ conversation } = JSON.parse(detail));
    told = "";
  });
  document.addEventListener("coursemate:emptied", () => (conversation = ""));
}

const box = () => document.querySelector("#cm-box textarea");

// Not put off by every key: who types evenly never pauses.
function grew(now) {
  words = now.trimStart();
  const wait = wordEnds.test(words) ? 0 : last + paceMs - performance.now();
  if (wait <= 0) tell();
  else due ||= setTimeout(tell, wait);
}

async function tell() {
  clearTimeout(due);
  due = 0;
  last = performance.now();
  const course = document.querySelector("[data-course-switch]")?.value;
  if (!course || words.trim().length < least || words === told) return;
  told = words;
  document.cookie = `coursemate_draft=${name}; path=/; SameSite=Strict`; // goes with the question that Gradio will send
  const language = document.documentElement.lang;
  const body = new URLSearchParams({ course, question: words, conversation, language, draft: name });
  await fetch("api/draft", { method: "POST", body }).catch(() => {}); // a guess: if it is lost, nothing is missing
}
