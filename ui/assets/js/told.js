// What the server told this page: the words in the reader's language, and where KaTeX lies.
const told = JSON.parse(document.getElementById("cm-told").textContent);

export const katex = told.katex;

export function say(key, details = {}) {
  return told.words[key].replace(/\{(\w+)\}/g, (_, name) => details[name]);
}

export const icons = told.icons;
