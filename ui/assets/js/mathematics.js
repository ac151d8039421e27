// Formulas between \( \) and \[ \] are set by the KaTeX that comes with Gradio, from this server.
import { katex } from "./told.js";

const delimiters = [
  { left: "\\[", right: "\\]", display: true },
  { left: "\\(", right: "\\)", display: false },
];
let render = null;
let loading = null;

// Fetched while the reader still thinks about a question, so that the first formula is set at once.
export function prepareFormulas() {
  if (katex) loading ??= import(new URL(katex, document.baseURI)).then((module) => (render = module.default));
}

export function setFormulas(element) {
  if (!katex || !/\\[([]/.test(element.textContent)) return;
  if (render) {
    render(element, { delimiters, throwOnError: false, trust: false });
    return;
  }
  prepareFormulas();
  loading.then(() => setFormulas(element), () => {}); // without KaTeX a formula stays readable as TeX
}
