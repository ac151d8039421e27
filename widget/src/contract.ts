// What a host page may rely on. docs/embed.md explains each; a test holds the two together.
export const ATTRIBUTES = [
  "course", "server", "heading", "greeting", "position", "accent", "theme", "icon", "language", "starters", "open", "context", "login",
] as const; // prettier-ignore
export const EVENTS = ["ready", "opened", "closed", "asked", "answered", "source", "rated", "practised", "failed"] as const;
export const METHODS = ["show", "hide", "ask", "stop", "clear", "practise", "signIn"] as const;

export type Attribute = (typeof ATTRIBUTES)[number];
export type EventName = (typeof EVENTS)[number];
