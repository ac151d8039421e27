// Runs before anything is drawn: light or dark, and the language that Gradio's own words follow.
(() => {
  const root = document.documentElement;
  const wished = localStorage.getItem("coursemate_theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  root.dataset.theme = wished || (dark.matches ? "dark" : "light");
  Object.defineProperty(navigator, "language", { get: () => root.lang, configurable: true });
  Object.defineProperty(navigator, "languages", { get: () => [root.lang], configurable: true });
  dark.addEventListener("change", () => {
    if (!localStorage.getItem("coursemate_theme")) root.dataset.theme = dark.matches ? "dark" : "light";
  });
  // Gradio calls these; the modules listen, whenever they are there.
  const tell = (name) => (detail) => document.dispatchEvent(new CustomEvent(`coursemate:${name}`, { detail }));
  window.coursemate = { opened: tell("opened"), emptied: tell("emptied"), signal: tell("signal") };
})();
