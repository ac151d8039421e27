// Esc, from the nearest thing to the farthest: the recording, the source, the voice and the answer being written. Any
// other key with which something is written or done silences the voice; what only moves about does not.
import { closeSource } from "./source.js";
import { hush, sounding } from "./listening.js";
import { cancelVoice } from "./voice.js";

const moves = /^(?:Tab|Arrow.+|Page.+|Home|End|Shift|Control|Alt|AltGraph|Meta|CapsLock|F\d+|Audio.+|Media.+)$/;

export function watchKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") return escape();
    const command = event.ctrlKey || event.metaKey || event.altKey;
    const own = event.target.closest?.("[data-listen], #cm-speed"); // these do their own part
    if (!command && !own && !moves.test(event.key) && sounding()) hush();
  });
}

function escape() {
  if (cancelVoice() || closeSource()) return;
  const stop = document.querySelector("#cm-box .stop-button");
  hush();
  stop?.click();
}
