// Light or dark as the page around is, and an accent that stays readable on both.
type Colour = [number, number, number];

const WHITE: Colour = [255, 255, 255];
const GROUNDS: Record<Light, Colour> = { light: WHITE, dark: [29, 38, 47] };
const READABLE = 4.5; // WCAG AA
export type Light = "light" | "dark";

// The page is dark when what it paints behind its text is, whatever it calls that.
export function lightOfPage(): Light {
  for (const element of [document.body, document.documentElement]) {
    const ground = parse(getComputedStyle(element).backgroundColor);
    if (ground) return luminance(ground) < 0.2 ? "dark" : "light";
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  const may = scheme.includes("dark");
  return may && (!scheme.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches) ? "dark" : "light";
}

// Calls back when the page may have changed its light: by a class or attribute, or with the system.
export function watchPage(changed: () => void): () => void {
  const observer = new MutationObserver(() => requestAnimationFrame(changed));
  for (const element of [document.documentElement, document.body]) observer.observe(element, { attributes: true });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}

// Custom properties for an accent such as "#7a1fa2", moved towards ink or white until words in it can be read.
export function accentStyle(accent: string, light: Light): string {
  const wanted = hex(accent);
  if (!wanted) return "";
  const ground = GROUNDS[light];
  const readable = towards(wanted, light === "dark" ? WHITE : [0, 0, 0], (colour) => contrast(colour, ground) >= READABLE);
  const strong = mix(readable, light === "dark" ? WHITE : [0, 0, 0], 0.2);
  const wash = mix(ground, readable, light === "dark" ? 0.18 : 0.1);
  const onAccent = contrast(WHITE, readable) >= READABLE ? WHITE : ([12, 20, 24] as Colour);
  const told = { accent: readable, "accent-strong": strong, "accent-wash": wash, "on-accent": onAccent };
  return Object.entries(told).map(([name, colour]) => `--cm-${name}: rgb(${colour.map(Math.round).join(" ")});`).join("");
}

function towards(colour: Colour, end: Colour, enough: (colour: Colour) => boolean): Colour {
  for (let share = 0; share < 1; share += 0.05) {
    const tried = mix(colour, end, share);
    if (enough(tried)) return tried;
  }
  return end;
}

const mix = (one: Colour, other: Colour, share: number): Colour => one.map((part, i) => part + (other[i]! - part) * share) as Colour;

function contrast(one: Colour, other: Colour): number {
  const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright! + 0.05) / (dark! + 0.05);
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)) as Colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function hex(text: string): Colour | null {
  const found = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(text.trim());
  return found ? (found.slice(1).map((part) => parseInt(part, 16)) as Colour) : null;
}

// Computed colours come as rgb() or rgba(); what is see-through says nothing.
function parse(computed: string): Colour | null {
  const found = computed.match(/[\d.]+/g)?.map(Number) ?? [];
  if (!computed.startsWith("rgb") || found.length < 3 || (found.length > 3 && found[3]! < 0.5)) return null;
  return found.slice(0, 3) as Colour;
}
