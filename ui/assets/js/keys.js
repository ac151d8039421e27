// Esc, from the nearest thing to the farthest: the recording, the source, the voice and the answer being written.
import { cancelRecording } from "./recorder.js";
import { closeSource } from "./source.js";
import { quiet } from "./listening.js";

export function watchKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    if (cancelRecording() || closeSource()) return;
    const stop = document.querySelector("#cm-box .stop-button");
    quiet();
    stop?.click();
  });
}
