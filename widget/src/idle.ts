// When the widget does its work, so that neither the host page nor the round button waits for it.
const LATEST_MS = 3000; // on a page that never rests
const UNSEEN_MS = 100; // a page in the background draws no frame

// Calls back when the page has been loaded and has nothing else to do.
export function whenIdle(todo: () => void): void {
  const rest = () => ("requestIdleCallback" in window ? requestIdleCallback(todo, { timeout: LATEST_MS }) : setTimeout(todo, 300));
  if (document.readyState === "complete") rest();
  else addEventListener("load", rest, { once: true });
}

// What is on the page now has been drawn.
export function drawn(): Promise<void> {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, UNSEEN_MS);
  });
}
