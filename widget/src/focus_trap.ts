// Where the panel covers the page, Tab stays within it.
const FOCUSABLE = "a[href], button, textarea, input, select, iframe, summary, [tabindex='0']";

export function keepFocus(event: KeyboardEvent, room: HTMLElement, on: Element | null): void {
  const parts = [...room.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((part) => part.checkVisibility());
  const edge = event.shiftKey ? parts[0] : parts.at(-1);
  if (on !== edge) return;
  event.preventDefault();
  (event.shiftKey ? parts.at(-1) : parts[0])?.focus();
}
