// Elements from plain values. Text only ever becomes a text node, and no attribute holds a style or a script, so that
// nothing a course, a model or a student wrote can run, and a page's own policy finds nothing to refuse.
export type Child = Node | string | null | undefined | false;
type Handlers = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
export type Attributes = { on?: Handlers } & Record<string, unknown>;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") listen(element, value as Handlers);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => child != null && child !== false));
  return element;
}

function listen(element: HTMLElement, handlers: Handlers): void {
  for (const [name, handler] of Object.entries(handlers)) element.addEventListener(name, handler as EventListener);
}

export function svg(path: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const made = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" })) made.setAttribute(key, value);
  line.setAttribute("d", path);
  made.append(line);
  return made;
}

// The picture behind an address or in a file, drawn: a policy that lets no foreign picture in lets this be.
export async function draw(canvas: HTMLCanvasElement, data: Blob): Promise<void> {
  const bitmap = await createImageBitmap(data);
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
}
