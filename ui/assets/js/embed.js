// The teacher's page for the tag: every change is seen in the corner and stands in the tag at once.
const tutor = document.querySelector("coursemate-tutor");
const look = document.getElementById("ce-look");
const server = document.getElementById("ce-server");
const tag = document.getElementById("ce-tag");

if (tutor) {
  server.value = new URL(".", document.baseURI).href.replace(/\/$/, "");
  look.addEventListener("input", dress);
  server.addEventListener("input", write);
  document.getElementById("ce-course").addEventListener("change", ({ currentTarget }) => currentTarget.submit());
  document.getElementById("ce-add").addEventListener("submit", add);
  document.getElementById("ce-copy").addEventListener("click", copy);
  document.addEventListener("click", ({ target }) => {
    const gone = target.closest("[data-remove]")?.dataset.remove;
    if (gone) change({ remove: [gone] });
  });
  write();
}

function chosen() {
  const parts = [...look.elements].filter((part) => part.name && part.value && part.value !== part.dataset.usual);
  return parts.map((part) => [part.name, part.value]);
}

function dress() {
  const wanted = new Map(chosen());
  for (const { name } of look.elements) {
    if (wanted.has(name)) tutor.setAttribute(name, wanted.get(name));
    else tutor.removeAttribute(name);
  }
  write();
}

function write() {
  const quoted = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
  const attributes = [["course", tutor.getAttribute("course")], ...chosen()].map(([name, value]) => ` ${name}="${quoted(value)}"`);
  tag.textContent = `<script src="${quoted(server.value)}/widget.js" async></${"script"}>\n<coursemate-tutor${attributes.join("")}></coursemate-tutor>`;
}

function add(event) {
  event.preventDefault();
  const { site } = event.target.elements;
  change({ add: [site.value] });
}

async function change(wish) {
  const trouble = document.getElementById("ce-error");
  const body = JSON.stringify({ course: tutor.getAttribute("course"), ...wish });
  const response = await fetch("api/teach/origins", { method: "POST", headers: { "content-type": "application/json" }, body }).catch(() => null);
  if (response?.ok) return location.reload();
  trouble.textContent = response ? ((await response.json()).message ?? response.statusText) : "—";
  trouble.hidden = false;
}

async function copy({ currentTarget: button }) {
  await navigator.clipboard.writeText(tag.textContent);
  button.querySelector("span").textContent = button.dataset.copied;
}
