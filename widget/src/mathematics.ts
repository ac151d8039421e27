// Formulas, set by the KaTeX that our server has, which is fetched when the first one comes.
import type { Server } from "./server";

type Render = (element: HTMLElement, options: object) => void;
const DELIMITERS = [
  { left: "\\[", right: "\\]", display: true },
  { left: "\\(", right: "\\)", display: false },
];
const WANTED = /KaTeX_(Main|Math|Size|AMS)/; // the letters of ordinary formulas; the rest is drawn with these

export class Formulas {
  #render: Render | null = null;
  #loading: Promise<void> | null = null;

  constructor(private readonly server: Server, private readonly root: ShadowRoot) {}

  // Sets what stands between \( \) and \[ \] in the elements of class "math"; until KaTeX is there it reads as TeX.
  set(element: HTMLElement): void {
    const formulas = element.querySelectorAll<HTMLElement>(".math:not(.is-set)");
    if (!formulas.length || !this.server.session.formulas.script) return;
    if (!this.#render) {
      this.#loading ??= this.#load();
      this.#loading.then(() => this.#render && this.set(element), () => {});
      return;
    }
    for (const formula of formulas) {
      formula.classList.add("is-set");
      this.#render(formula, { delimiters: DELIMITERS, throwOnError: false, trust: false });
    }
  }

  async #load(): Promise<void> {
    const { script, style } = this.server.session.formulas;
    const [module, css] = await Promise.all([import(this.server.address(script)), fetch(this.server.address(style)).then((response) => response.text())]);
    const sheet = new CSSStyleSheet();
    const base = this.server.address(style);
    sheet.replaceSync(css.replace(/url\(\s*["']?([^"')]+)["']?\s*\)/g, (_, address: string) => `url("${new URL(address, base).href}")`));
    this.root.adoptedStyleSheets = [sheet, ...this.root.adoptedStyleSheets];
    await Promise.all([...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule).map((rule) => addFont(rule as CSSFontFaceRule)));
    this.#render = module.default as Render;
  }
}

// A shadow root takes no fonts, so they go to the page, as data: under names that only KaTeX uses.
async function addFont(rule: CSSFontFaceRule): Promise<void> {
  const family = rule.style.getPropertyValue("font-family").replace(/["']/g, "");
  const address = /url\("([^"]+\.woff2)"\)/.exec(rule.style.getPropertyValue("src"))?.[1];
  if (!address || !WANTED.test(family)) return;
  const weight = rule.style.getPropertyValue("font-weight") || "normal";
  const style = rule.style.getPropertyValue("font-style") || "normal";
  await loadFont(family, address, { weight, style });
}

export async function loadFont(family: string, address: string, descriptors: FontFaceDescriptors): Promise<void> {
  const response = await fetch(address);
  if (!response.ok) return;
  const face = new FontFace(family, await response.arrayBuffer(), descriptors);
  document.fonts.add(await face.load());
}
