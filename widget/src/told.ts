// What the server tells: the shapes of its answers, and its words.
export interface Citation {
  n: number;
  document: string;
  title: string;
  place: string;
  kind: "page" | "slide" | "recording" | "picture" | "text";
  quote: string;
  source: string;
  thumbnail: string;
}

export interface Answer {
  status: "answered" | "not_found" | "unclear";
  answer: string;
  citations: Citation[];
  nearest: Citation[];
  notices: string[];
  language: string;
  heard: string | null;
  seen: string | null;
  progress: Progress | null;
  topics: string[]; // of an unclear question: what could have been meant
}

// How far a way of tutoring has come.
export interface Progress {
  way: string;
  step: number;
  of: number;
  more: boolean;
}

// A way of tutoring, and what it is called: on its button, in the empty box, on the button that goes on, and while it goes on.
export interface Way {
  way: string;
  label: string;
  placeholder: string;
  next: string;
  progress: string;
}

export interface StoredTurn {
  turn: number;
  question: string;
  heard: string | null;
  picture: string | null;
  answer: Answer;
  rating: number;
}

export interface Session {
  token: string;
  seconds: number;
  language: string;
  course: { name: string; title: string; language: string };
  starters: string[];
  words: Record<string, string>;
  ways: Way[];
  practises: boolean;
  formulas: { script: string; style: string };
}

export interface Failure {
  code: string;
  message: string;
}

// The events of a turn, by name.
export type Told =
  | { name: "begun"; value: { conversation: string } }
  | { name: "waiting"; value: { loading: { label: string; seconds: number }[] } }
  | { name: "queued"; value: { before: number } }
  | { name: "heard"; value: { text: string } }
  | { name: "looked"; value: { text: string; notices: string[] } }
  | { name: "found"; value: unknown }
  | { name: "said"; value: { text: string } }
  | { name: "cited"; value: Citation }
  | { name: "spoke"; value: { n: number; sound: string; sentence: string } }
  | { name: "kept"; value: { turn: number } }
  | { name: "done"; value: Answer }
  | { name: "error"; value: Failure };

export type Say = (key: string, details?: Record<string, string | number>) => string;

export function sayer(words: Record<string, string>): Say {
  return (key, details) => filled(words[key] ?? key, details);
}

export const filled = (template: string, details: Record<string, string | number> = {}): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ""));
