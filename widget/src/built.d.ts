// What build.mjs writes into the widget.
declare const PANEL_FILE: string;
declare const PRACTICE_FILE: string;
declare const OPEN_WORDS: Record<string, string>; // what the round button is called, by language
