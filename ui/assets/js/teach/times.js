// Seconds and bytes as people say them.
import { say } from "../told.js";

export function duration(seconds) {
  if (seconds < 90) return say("teach_seconds", { n: Math.max(1, Math.round(seconds)) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return say("teach_minutes", { n: minutes });
  return say("teach_hours", { n: Math.floor(minutes / 60), m: minutes % 60 });
}

export function left(seconds) {
  return seconds === null || seconds === undefined ? say("teach_left_unknown") : say("teach_left", { time: duration(seconds) });
}

export function bytes(count) {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} GB`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(count / 1e3))} kB`;
}
