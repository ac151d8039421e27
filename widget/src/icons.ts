import { h, svg, type Attributes } from "./dom";
import { ROUND } from "./launcher";

// The icons of the tutor's own page, drawn on a grid of 24 with one stroke.
const PATHS = {
  listen: "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11",
  stop: "M7 7h10v10H7z",
  microphone: "M12 3.5a2.8 2.8 0 0 1 2.8 2.8v5a2.8 2.8 0 0 1-5.6 0v-5A2.8 2.8 0 0 1 12 3.5zM6 11.2a6 6 0 0 0 12 0M12 17.2v3.3",
  talk: "M4 13.500v-1.500a8 8 0 0 1 16 0v1.500M4 13.500h3v6H4zM17 13.500h3v6h-3z",
  picture: "M4 5.5h16v13H4zM4 15.5l4.5-4.5 4 4 2.5-2.5 5 5M15.2 9.2h.1",
  camera: "M4 7.5h3.5L9 5h6l1.5 2.5H20v11.5H4zM12 10a3.2 3.2 0 1 1 0 6.4A3.2 3.2 0 0 1 12 10z",
  send: "M12 19.5v-15M5.5 11 12 4.5l6.5 6.5",
  close: "M6 6l12 12M18 6 6 18",
  new: "M4.5 5.5h9M4.5 10.5h6M4.5 15.5h5M16.5 11v8M12.5 15h8",
  page: "M6 3.5h8.5L18.5 7.5v13H6zM14.5 3.5v4h4M9 12h6.5M9 15.5h6.5",
  slide: "M3.5 5h17v11h-17zM12 16v4M8.5 20h7M7.5 9h6M7.5 12h9",
  recording: "M4 10v4M8 7v10M12 4.5v15M16 8v8M20 10.5v3",
  copy: "M9 8.5h10v11H9zM15.5 8.5v-4h-10v11H9",
  next: "M9.5 5.5 16 12l-6.5 6.5",
  back: "M14.5 5.5 8 12l6.5 6.5",
  fold: "M6 9.5l6 6 6-6",
  out: "M13.5 5H19v5.5M19 5l-8.5 8.5M9.5 6H5v13h13v-4.5",
  attention: "M12 4 21 19.5H3zM12 10v4.5M12 17h.1",
  quiet: "M4 7h16M4 12h10M4 17h6",
  up: "M7.5 11 11 3.8c1.6 0 2.6 1 2.6 2.6V9.5h5.2l-1.3 9.5H7.5zM7.5 11H4v8h3.5",
  down: "M7.5 13 11 20.2c1.6 0 2.6-1 2.6-2.6v-3.1h5.2L17.500 5H7.5zM7.5 13H4V5h3.5",
  marked: "M5 5.500h14M5 10h14M5 14.500h8M15.500 19.500l4-4",
  file: "M12 4v11M7 10.5 12 15.5l5-5M5 19.5h14",
  learn: "M3.5 7 12 3l8.5 4L12 11zM7 9v5c0 1.4 2.2 2.6 5 2.6s5-1.2 5-2.6V9M20.5 7v6",
  done: "M5 12.5 10 17.5 19.5 7",
  raise: "M6 14.500l6-6 6 6",
  lower: "M6 9.500l6 6 6-6",
  note: ROUND.note,
} as const;
export type Icon = keyof typeof PATHS;

export const icon = (name: Icon): SVGSVGElement => svg(PATHS[name]);

export function button(name: string, shown: Icon, press: () => void, attributes: Attributes = {}): HTMLButtonElement {
  return h("button", { type: "button", "aria-label": name, title: name, on: { click: press }, ...attributes }, icon(shown));
}
