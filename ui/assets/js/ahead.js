// While a question is typed, the server is told the words so far and reads ahead. Never through Gradio: a short event of
// its own could lose the question that is sent next.
const pauseMs = 700; // between two drafts: a word or two
const least = 3; // characters

const name = crypto.getRandomValues(new Uint32Array(4)).join("");
let conversation = "";
let told = "";
let due = 0;

export function watchTyping() {
  document.addEventListener("input", ({ target }) => {
    // Not put off by every key: who types evenly never pauses.
    if (target.matches?.("#cm-box textarea") && !due) due = setTimeout(tell, pauseMs);
  });
  document.addEventListener("coursemate:signal", ({ detail }) => {
    ({ conversation } = JSON.parse(detail));
    told = "";
  });
  document.addEventListener("coursemate:emptied", () => (conversation = ""));
}

async function tell() {
  due = 0;
  const course = document.querySelector("[data-course-switch]")?.value;
  const question = document.querySelector("#cm-box textarea")?.value.trim() ?? "";
  if (!course || question.length < least || question === told) return;
  told = question;
  const language = document.documentElement.lang;
  const body = new URLSearchParams({ course, question, conversation, language, draft: name });
  await fetch("api/draft", { method: "POST", body }).catch(() => {}); // a guess: if it is lost, nothing is missing
}
