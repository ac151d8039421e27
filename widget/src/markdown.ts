// Markdown as a model wrote it -> elements. Built node by node: raw HTML is text, pictures are left out, links open only
// when pressed and only to http, https and mailto. Formulas stay between \( \) and \[ \] for KaTeX; a marker [n] becomes
// what the caller makes of it.
import { h } from "./dom";

export type OnMarker = (n: number) => Node;
type Line = string;

const FENCE = /^\s*(```|~~~)\s*(\w*)/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^\s{0,3}>\s?/;
const ROW = /^\s*\|.*\|\s*$/;
const ROW_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const DISPLAY = /^\s*(\$\$|\\\[)/;
const INLINE = new RegExp(
  [
    /(?<code>`+)(?<coded>.+?)\k<code>/,
    /\\\((?<round>.+?)\\\)|\\\[(?<square>.+?)\\\]|\$\$(?<double>.+?)\$\$|\$(?<single>[^\s$](?:[^$\n]*[^\s$])?)\$(?!\d)/,
    /\\(?<escaped>[\\`*_{}[\]()#+\-.!~>|$])/,
    /!\[[^\]]*\]\([^)]*\)(?<image>)/,
    /\[(?<marked>\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\](?!\()/,
    /\[(?<label>[^\]]+)\]\((?<address>[^)\s]+)(?:\s+"[^"]*")?\)/,
    /(?<bare>https?:\/\/[^\s<>)\]]+[^\s<>)\].,;:!?'"])/,
    /(?<strong>\*\*|__)(?=\S)(?<strongly>.+?\S?)\k<strong>/,
    /~~(?=\S)(?<struck>.+?)~~/,
    /(?<![\w*])(?<em>[*_])(?=\S)(?<emphasized>[^*_]+?)\k<em>(?![\w*])/,
  ].map((one) => one.source).join("|"),
  "su",
);

export function render(text: string, onMarker: OnMarker, copy: (code: string) => Node): DocumentFragment {
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks(text.replace(/\r\n?/g, "\n").split("\n"), onMarker, copy));
  return fragment;
}

// A course's own words as one line, in which only formulas are more than text.
export function line(text: string): Node[] {
  const parts = text.replace(/\s+/g, " ").split(/\$+([^$]+)\$+/);
  return parts.map((part, i) => (i % 2 ? h("span", { class: "math" }, `\\(${part}\\)`) : document.createTextNode(part)));
}

// The text so far, without a formula, marker or emphasis at its end of which only the beginning has come.
export function withoutHalf(text: string): string {
  for (const fence of ["$$", "$", "**"]) if ((text.split(fence).length - 1) % 2) text = text.slice(0, text.lastIndexOf(fence));
  for (const [begin, end] of [["\\[", "\\]"], ["\\(", "\\)"], ["[", "]"]] as const) {
    if (text.lastIndexOf(begin) > text.lastIndexOf(end)) text = text.slice(0, text.lastIndexOf(begin));
  }
  return text;
}

function blocks(lines: Line[], onMarker: OnMarker, copy: (code: string) => Node): Node[] {
  const made: Node[] = [];
  const inside = (text: string) => inline(text, onMarker);
  let at = 0;
  const take = (belongs: (line: Line) => boolean): Line[] => {
    const from = at;
    while (at < lines.length && belongs(lines[at]!)) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const heading = HEADING.exec(line);
    if (!line.trim()) at += 1;
    else if (FENCE.test(line)) made.push(fenced(take, line, () => (at += 1), copy));
    else if (DISPLAY.test(line)) made.push(displayed(lines, at, (next) => (at = next), inside));
    else if (heading) {
      at += 1;
      made.push(h(heading[1]!.length < 3 ? "h3" : "h4", {}, ...inside(heading[2]!)));
    } else if (RULE.test(line)) {
      at += 1;
      made.push(h("hr"));
    } else if (QUOTE.test(line)) {
      const quoted = take((one) => QUOTE.test(one)).map((one) => one.replace(QUOTE, ""));
      made.push(h("blockquote", {}, ...blocks(quoted, onMarker, copy)));
    } else if (ROW.test(line) && ROW_RULE.test(lines[at + 1] ?? "")) made.push(table(take((one) => ROW.test(one)), inside));
    else if (ITEM.test(line)) made.push(list(take((one) => ITEM.test(one) || /^\s+\S/.test(one)), onMarker, copy));
    else made.push(h("p", {}, ...inside(paragraph(take))));
  }
  return made;
}

const STARTS = [FENCE, HEADING, RULE, QUOTE, ITEM, DISPLAY];

function paragraph(take: (belongs: (line: Line) => boolean) => Line[]): string {
  let first = true;
  return take((line) => {
    const goesOn = first || (line.trim() !== "" && !STARTS.some((start) => start.test(line)));
    first = false;
    return goesOn;
  }).map((line) => line.trim()).join("\n");
}

function fenced(take: (belongs: (line: Line) => boolean) => Line[], opening: Line, skip: () => void, copy: (code: string) => Node): Node {
  skip();
  const fence = FENCE.exec(opening)![1]!;
  const code = take((line) => !line.trim().startsWith(fence)).join("\n");
  skip();
  return h("div", { class: "code" }, copy(code), h("pre", { tabindex: 0 }, h("code", {}, code)));
}

// A formula on lines of its own, to the line that closes it; one that never closes is ordinary text.
function displayed(lines: Line[], from: number, goTo: (next: number) => void, inside: (text: string) => Node[]): Node {
  const close = lines[from]!.trim().startsWith("$$") ? "$$" : "\\]";
  let text = lines[from]!.trim().slice(2);
  let next = from + 1;
  while (!text.includes(close) && next < lines.length) text += `\n${lines[next++]}`;
  if (!text.includes(close)) {
    goTo(from + 1);
    return h("p", {}, lines[from]!);
  }
  goTo(next);
  const [formula, ...rest] = text.split(close);
  const math = h("div", { class: "math display" }, `\\[${formula!.trim()}\\]`);
  const after = rest.join(close).trim();
  return after ? h("div", {}, math, h("p", {}, ...inside(after))) : math;
}

function table(rows: Line[], inside: (text: string) => Node[]): Node {
  const cells = (row: Line) => row.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
  const [head, , ...body] = rows;
  const cellsOf = (tag: "th" | "td", row: Line) => h("tr", {}, ...cells(row).map((cell) => h(tag, {}, ...inside(cell))));
  return h("div", { class: "wide", tabindex: 0 }, h("table", {}, h("thead", {}, cellsOf("th", head!)), h("tbody", {}, ...body.map((row) => cellsOf("td", row)))));
}

function list(lines: Line[], onMarker: OnMarker, copy: (code: string) => Node): Node {
  const [, indent, bullet] = ITEM.exec(lines[0]!)!;
  const ordered = /\d/.test(bullet!);
  const items: Line[][] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item && item[1]!.length <= indent!.length) items.push([item[3]!]);
    else items.at(-1)!.push(line.replace(/^\s{1,4}/, ""));
  }
  const made = items.map((item) => h("li", {}, ...unwrapped(blocks(item, onMarker, copy))));
  return ordered ? h("ol", { start: Number.parseInt(bullet!, 10) }, ...made) : h("ul", {}, ...made);
}

// A list's item of one paragraph needs no paragraph.
function unwrapped(nodes: Node[]): Node[] {
  return nodes.flatMap((node, i) => (i === 0 && node instanceof HTMLParagraphElement ? [...node.childNodes] : [node]));
}

function inline(text: string, onMarker: OnMarker): Node[] {
  const made: Node[] = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    const before = found.groups!.marked === undefined ? rest.slice(0, found.index) : held(rest.slice(0, found.index));
    if (before) made.push(document.createTextNode(before));
    made.push(...piece(found, onMarker));
    rest = rest.slice(found.index + found[0].length);
  }
  if (rest) made.push(document.createTextNode(rest));
  return made;
}

// No line may break between a word and its marker.
const held = (text: string): string => `${text.trimEnd()}\u2060`;

function piece(found: RegExpExecArray, onMarker: OnMarker): Node[] {
  const part = found.groups!;
  const formula = part.round ?? part.single;
  const display = part.square ?? part.double;
  if (part.coded !== undefined) return [h("code", {}, part.coded)];
  if (formula !== undefined) return [h("span", { class: "math" }, `\\(${formula}\\)`)];
  if (display !== undefined) return [h("span", { class: "math display" }, `\\[${display}\\]`)];
  if (part.escaped !== undefined) return [document.createTextNode(part.escaped)];
  if (part.marked !== undefined) return part.marked.match(/\d+/g)!.map((n) => onMarker(Number(n)));
  if (part.label !== undefined) return [link(part.address!, inline(part.label, onMarker))];
  if (part.bare !== undefined) return [link(part.bare, [document.createTextNode(part.bare)])];
  if (part.strongly !== undefined) return [h("strong", {}, ...inline(part.strongly, onMarker))];
  if (part.struck !== undefined) return [h("s", {}, ...inline(part.struck, onMarker))];
  if (part.emphasized !== undefined) return [h("em", {}, ...inline(part.emphasized, onMarker))];
  return [];
}

function link(address: string, label: Node[]): Node {
  let scheme = "";
  try {
    scheme = new URL(address).protocol;
  } catch {
    // no whole address: it would lead somewhere on the host page
  }
  if (!["http:", "https:", "mailto:"].includes(scheme)) return h("span", {}, ...label);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow", title: address }, ...label);
}
