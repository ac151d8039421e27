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

function switchLanguage(language) {
  document.cookie = `coursemate_language=${language}; path=/; max-age=31536000; samesite=lax`;
  sessionStorage.setItem(draft, document.querySelector("#cm-box textarea").value);
  location.reload();
}

function restoreDraft() {
  const text = sessionStorage.getItem(draft);
  sessionStorage.removeItem(draft);
  const box = document.querySelector("#cm-box textarea");
  if (!text || box.value) return;
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
