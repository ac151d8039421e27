// Builds the widget: node build.mjs [--outdir FOLDER]. widget.js draws the button; it knows the name of the panel's script, which
// is fetched later, and that knows the name of practice. Names hold a hash of what is in them, so that browsers may keep them. No
// script imports another: what two of them need is in both, which costs less than one more way to the server. Style sheets travel
// inside as text.
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build, transform } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({ options: { outdir: { type: "string", default: here("../ui/assets/widget") } } });

const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target: "es2022" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const usual = {
  bundle: true,
  minify: true,
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Coursemate's widget, Apache-2.0. Built from widget/ by esbuild: change it there. */" },
  plugins: [styles],
  absWorkingDir: here("."),
};

async function words(key) {
  const read = async (language) => [language, JSON.parse(await readFile(here(`../ui/locales/${language}.json`), "utf8"))[key]];
  return Object.fromEntries(await Promise.all(["en", "zh"].map(read)));
}

// One script and its name, hash included.
async function module(entry, define = {}) {
  const { metafile } = await build({ ...usual, entryPoints: [entry], outdir: values.outdir, entryNames: "[name]-[hash]", format: "esm", metafile: true, define });
  return JSON.stringify(basename(Object.keys(metafile.outputs)[0]));
}

await mkdir(values.outdir, { recursive: true });
for (const name of await readdir(values.outdir)) if (name.endsWith(".js")) await rm(join(values.outdir, name));
const practice = await module("src/practice/practice.ts");
const panel = await module("src/panel.ts", { PRACTICE_FILE: practice });
await build({
  ...usual,
  entryPoints: ["src/main.ts"],
  outfile: join(values.outdir, "widget.js"),
  format: "iife",
  define: { PANEL_FILE: panel, OPEN_WORDS: JSON.stringify(await words("widget.open")) },
});
