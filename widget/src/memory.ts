// What this browser remembers on this page's site: who the student was, which conversation goes on, how quickly answers are read.
import type { Server } from "./server";

type Kept = "before" | "conversation" | "speed";

export const place = ({ home, course }: Server, kept: Kept): string => `coursemate ${home} ${course} ${kept}`;

export function recall(server: Server, kept: Kept): string {
  try {
    return localStorage.getItem(place(server, kept)) ?? "";
  } catch {
    return ""; // the browser keeps nothing for this page: each visit is the first
  }
}

export function remember(server: Server, kept: Kept, value: string): void {
  try {
    localStorage.setItem(place(server, kept), value);
  } catch {
    // as above
  }
}

export function forget(server: Server, kept: Kept): void {
  try {
    localStorage.removeItem(place(server, kept));
  } catch {
    // as above
  }
}
