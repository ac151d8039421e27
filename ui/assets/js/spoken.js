// The sentence that is being spoken, and the rest that was not: found in the answer's text and marked without touching
// it (CSS Custom Highlights), because the answer is drawn again while it grows.
const silent = ".katex, .cm-mark, .mark, [data-copy], pre, script";
const speaking = "cm-speaking";
const unspoken = "cm-unspoken";
let marked = null; // {part, name, sentence, share} to be found again after the answer was drawn anew

// Marks again what is drawn anew within `root`.
export function watchSpoken(root) {
  if (CSS.highlights) new MutationObserver(() => marked && draw()).observe(root, { childList: true, subtree: true });
}

// `part` is the element that holds the answer, or a function that finds it.
export function markSpeaking(part, sentence) {
  mark({ part, name: speaking, sentence, share: 0 });
}

// From the given share of the sentence to the end of the answer.
export function markUnspoken(part, sentence, share) {
  mark({ part, name: unspoken, sentence, share });
}

// What was left unspoken stays marked.
export function unmarkSpeaking() {
  if (marked?.name === speaking) unmark();
}

export function unmark() {
  marked = null;
  CSS.highlights?.delete(speaking);
  CSS.highlights?.delete(unspoken);
}

function mark(what) {
  unmark();
  if (!CSS.highlights || !what.sentence) return;
  marked = what;
  draw();
}

function draw() {
  const { part, name, sentence, share } = marked;
  const element = typeof part === "function" ? part() : part;
  const range = element && find(element, sentence, name === unspoken ? share : null);
  if (range) CSS.highlights.set(name, new Highlight(range));
  else CSS.highlights.delete(name);
}

// The range of a sentence of the model's Markdown in the text drawn from it. With a share, from there to the end.
export function find(element, sentence, share = null) {
  const places = []; // one for each letter or digit of the text: its node and offset
  let letters = "";
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest(silent)) continue;
    const text = node.textContent.replace(/\\\[.+?\\\]|\\\(.+?\\\)/gs, (formula) => " ".repeat(formula.length));
    for (const { 0: letter, index } of text.matchAll(/[\p{L}\p{N}]/gu)) {
      letters += letter;
      for (let unit = 0; unit < letter.length; unit++) places.push([node, index + letter.length]);
    }
  }
  const wanted = lettersOf(sentence);
  const at = wanted ? letters.indexOf(wanted) : -1;
  if (at < 0) return null;
  const from = at + Math.floor((share ?? 0) * wanted.length);
  const [first, after] = places[Math.min(from, places.length - 1)];
  const [last, end] = places[share === null ? at + wanted.length - 1 : places.length - 1];
  const range = document.createRange();
  range.setStart(first, after - 1 - /[\p{L}\p{N}]*$/u.exec(first.textContent.slice(0, after - 1))[0].length * (share > 0));
  range.setEnd(last, end);
  return range;
}

function lettersOf(sentence) {
  return sentence
    .replace(/```.*?(```|$)/gs, "")
    .replace(/\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)|(?<![\\$])\$(?=\S)[^$\n]*?(?<=\S)\$(?!\d)/gs, "")
    .replace(/\[\d+(?:\s*[,，、–-]\s*\d+)*\](?!\()/g, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s*\d{1,3}[.)]\s+/gm, "")
    .replace(/[^\p{L}\p{N}]/gu, "");
}
