// A question that asks for a label of a figure: the figure, the spot (drawn, typed, or a label that was read there), the labels to choose from.
import { button, make } from "../make.js";
import { say } from "../told.js";
import { choice, field, told } from "./of_learning.js";

const most = 4; // labels to choose from
const sides = ["left", "top", "width", "height"];

// `options` makes the fields of the labels from a question like any other.
export function labels(question, options) {
  const space = make("div", { class: "cl-parts-of" });
  let list = options(question);
  const area = make("div", {}, list.element);
  const fill = (made) => {
    list = options(made);
    area.replaceChildren(list.element);
  };
  const spot = question ? null : spotOf(space, fill);
  space.append(area);
  return { element: space, body: () => ({ ...list.body(), ...(spot ? spot.body() : {}) }) };
}

function spotOf(space, fill) {
  const state = { figures: [], figure: null, read: [], box: { left: 40, top: 40, width: 20, height: 10 }, covered: [] };
  const figure = choice([]);
  const image = make("img", { alt: "", draggable: "false" });
  const mark = make("span", { class: "cl-spot" });
  const covers = make("span", { hidden: true });
  const stage = make("div", { class: "cl-stage" }, image, covers, mark);
  const numbers = sides.map((side) => make("input", { type: "number", min: 0, max: 100, step: "any", required: true, "data-side": side }));
  const which = make("select");
  const read = button(say("teach_q_read_labels"), readLabels);
  const found = make("div", { hidden: true }, field(say("teach_q_read_which"), which));
  const note = make("p", { class: "cl-soft", role: "status" });

  function show() {
    for (const input of numbers) input.value = +state.box[input.dataset.side].toFixed(1);
    Object.assign(mark.style, Object.fromEntries(sides.map((side) => [side, `${state.box[side]}%`])));
    covers.hidden = !state.covered.length;
    covers.replaceChildren(...state.covered.map(placed));
  }

  function placed(box) {
    const made = make("span", { class: "cl-cover" });
    Object.assign(made.style, { left: `${100 * box.x0}%`, top: `${100 * box.y0}%`, width: `${100 * (box.x1 - box.x0)}%`, height: `${100 * (box.y1 - box.y0)}%` });
    return made;
  }

  function chooseFigure() {
    state.figure = state.figures[Number(figure.value)];
    Object.assign(state, { read: [], covered: [] });
    image.src = state.figure.picture;
    image.alt = state.figure.caption || state.figure.title;
    found.hidden = true;
    note.textContent = "";
    show();
  }

  async function readLabels() {
    read.disabled = true;
    note.textContent = say("teach_q_reading");
    const { document: path, n } = state.figure;
    try {
      state.read = (await told("GET", `/figures/labels?${new URLSearchParams({ document: path, n })}`)).labels;
    } catch (error) {
      note.textContent = error.message;
      return;
    } finally {
      read.disabled = false;
    }
    note.textContent = say("teach_q_read_count", { n: state.read.length });
    found.hidden = !state.read.length;
    which.replaceChildren(...choice(state.read.map(({ text }, at) => [at, text])).children);
    if (state.read.length) chooseLabel();
  }

  // The others are covered too: of labels that are all to be seen but one, the one that is missing would be the answer.
  function chooseLabel() {
    const wanted = state.read[Number(which.value)];
    const others = state.read.filter((one) => one !== wanted);
    const { x0, y0, x1, y1 } = wanted.box;
    state.box = { left: 100 * x0, top: 100 * y0, width: 100 * (x1 - x0), height: 100 * (y1 - y0) };
    state.covered = others.map(({ box }) => box);
    const names = [...new Set([wanted, ...others].map(({ text }) => text))].slice(0, most).sort((a, b) => a.localeCompare(b));
    fill({ options: names, right: [names.indexOf(wanted.text)] });
    show();
  }

  function draw(event) {
    const frame = stage.getBoundingClientRect();
    const at = ({ clientX, clientY }) => [(100 * (clientX - frame.left)) / frame.width, (100 * (clientY - frame.top)) / frame.height].map((one) => Math.min(100, Math.max(0, one)));
    const [x, y] = at(event);
    const move = (moved) => {
      const [u, v] = at(moved);
      state.box = { left: Math.min(x, u), top: Math.min(y, v), width: Math.abs(u - x), height: Math.abs(v - y) };
      show();
    };
    const drawn = new AbortController();
    event.preventDefault();
    addEventListener("pointermove", move, { signal: drawn.signal });
    // Two fingers that make the page larger take the pointer away.
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => drawn.abort(), { signal: drawn.signal });
  }

  async function load() {
    ({ figures: state.figures } = await told("GET", "/figures"));
    if (!state.figures.length) return void (note.textContent = say("teach_q_no_figures"));
    figure.replaceChildren(...choice(state.figures.map((one, at) => [at, [one.caption || one.title, one.label].filter(Boolean).join(" · ")])).children);
    chooseFigure();
  }

  figure.addEventListener("change", chooseFigure);
  which.addEventListener("change", chooseLabel);
  stage.addEventListener("pointerdown", draw);
  for (const input of numbers) {
    input.addEventListener("input", () => {
      state.box[input.dataset.side] = Math.min(100, Math.max(0, Number(input.value) || 0));
      Object.assign(mark.style, { [input.dataset.side]: `${state.box[input.dataset.side]}%` });
    });
  }
  const words = { left: say("teach_q_left"), top: say("teach_q_top"), width: say("teach_q_width"), height: say("teach_q_height") };
  space.append(field(say("teach_q_figure"), figure), make("p", { class: "cl-soft", text: say("teach_q_spot_lead") }), stage, make("div", { class: "cl-row is-spot" }, numbers.map((input) => field(words[input.dataset.side], input))), read, found, note);
  load().catch((error) => (note.textContent = error.message));
  return {
    body() {
      if (!state.figure) return {};
      const { left, top, width, height } = state.box;
      const share = (value) => Math.min(1, Math.max(0, value / 100));
      const marked = { x0: share(left), y0: share(top), x1: share(left + width), y1: share(top + height) };
      return { spot: { document: state.figure.document, n: state.figure.n, marked, covered: state.covered } };
    },
  };
}
