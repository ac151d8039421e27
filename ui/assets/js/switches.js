// Light, language and course. A choice of language or course loads the page again; what was typed is kept.

const root = document.documentElement;
const draft = "coursemate_draft";

export function watchSwitches() {
  markGradio();
  new MutationObserver(markGradio).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
  document.addEventListener("coursemate:opened", () => {
    markGradio();
    restoreDraft();
  });
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-theme-switch]")) switchTheme();
    const language = target.closest("[data-language-switch]");
    if (language) switchLanguage(language.dataset.languageSwitch);
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-course-switch]")) location.search = new URLSearchParams({ course: target.value });
  });
}

function markGradio() {
  document.body.classList.toggle("dark", root.dataset.theme === "dark");
}

function switchTheme() {
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("coursemate_theme", root.dataset.theme);
}

// What is typed, or asked and not answered yet, is in the box again after the page was loaded anew.
export function loadAgain() {
  const open = document.querySelector("#cm-turn .cm-turn:not(.is-done, .is-stopped, .is-failed)");
  const asked = open?.closest(".cm-exchange").querySelector(".cm-question-text")?.textContent;
  sessionStorage.setItem(draft, document.querySelector("#cm-box textarea")?.value || asked || "");
  location.replace(location.pathname + location.search); // no reload, which would send a form again
}

function switchLanguage(language) {
  document.cookie = `coursemate_language=${language}; path=/; max-age=31536000; samesite=lax`;
  loadAgain();
}

function restoreDraft() {
  const text = sessionStorage.getItem(draft);
  sessionStorage.removeItem(draft);
  const box = document.querySelector("#cm-box textarea");
  if (!text || box.value) return;
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
