// What the tutor's own page does with sound as well: written once, there.
declare module "*/player.js" {
  export class Player extends EventTarget {
    constructor(load?: (address: string) => Promise<ArrayBuffer>);
    readonly playing: boolean;
    readonly now: { said: string | null; share: number } | null;
    speed: number;
    wake(): void;
    add(address: string, said?: string | null): Promise<void>;
    stop(): void;
  }
}

declare module "*/spoken.js" {
  type Part = () => Element | null;
  export function watchSpoken(root: Element): void;
  export function markSpeaking(part: Part, sentence: string): void;
  export function markUnspoken(part: Part, sentence: string, share: number): void;
  export function unmarkSpeaking(): void;
  export function unmark(): void;
}

declare module "*/watch.js" {
  export class Watch {
    seconds(): number;
  }
}
