// What practice asks of the widget around it, and the shapes of what the server tells of questions and answers.
import type { Child } from "../dom";
import type { Server } from "../server";
import type { Say } from "../told";

export type Kind = "choice" | "several" | "number" | "short" | "order" | "label";

export interface Question {
  id: string;
  kind: Kind;
  text: string;
  options: string[];
  unit: string;
}

export interface Place {
  title: string;
  label: string;
  source: string;
}

export interface Step {
  kind: "lesson" | "practise" | "review";
  title: string;
  reason: { text: string };
  places: Place[];
  question: Question;
}

export interface Outcome {
  score: number;
  unclear: boolean;
  findings: { what: string; met: boolean; text: string }[];
  right: number[];
  quote: string;
  place: Place | null;
  known: { before: number; after: number } | null;
}

export interface Room {
  server: Server;
  word: Say; // the words of practice
  line(text: string): Child[]; // with its formulas
  finish(element: HTMLElement): void; // sets them
  open(place: Place): void; // beside the panel
  tell(words: string): void; // to those who listen to the screen
  reason(error: unknown): string; // why something failed, in the student's language
  trouble(message: string): void;
  answered(question: Question, score: number): void;
  back(): void; // to the conversation
}
