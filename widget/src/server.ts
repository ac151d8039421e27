// The way to the tutor's server: a session for this page, and everything asked within it.
import { forget, recall, remember } from "./memory";
import type { Failure, Session, Told } from "./told";

export class Refused extends Error {
  constructor(readonly failure: Failure, readonly status: number) {
    super(failure.message);
  }
}

// Not by its class, of which the button's script and the panel's have one each.
export const isRefused = (error: unknown): error is Refused => error instanceof Error && "failure" in error;

export class Server {
  session!: Session;
  #renewing: Promise<void> | null = null;

  constructor(readonly home: string, readonly course: string, readonly language: string, public login: string) {}

  address(path: string): string {
    return new URL(path, this.home).href;
  }

  // Opens a session, as the same student as before when this page was visited before.
  async open(): Promise<void> {
    const before = recall(this, "before");
    const body = JSON.stringify({ course: this.course, language: this.language, login: this.login, before });
    const response = await fetch(this.address("api/widget/session"), { method: "POST", headers: { "content-type": "application/json" }, body, credentials: "omit" });
    if (!response.ok) throw await refusal(response);
    this.session = (await response.json()) as Session;
    remember(this, "before", this.session.token);
  }

  // A session that is over is opened anew, once.
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const send = () => fetch(this.address(path), { ...init, credentials: "omit", headers: { ...init.headers, authorization: `Bearer ${this.session.token}`, "accept-language": this.session.language } });
    let response = await send();
    if (response.status === 401) {
      await (this.#renewing ??= this.open().finally(() => (this.#renewing = null)));
      response = await send();
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }

  async json<T>(path: string, body?: unknown): Promise<T> {
    const init = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    return (await (await this.fetch(path, init)).json()) as T;
  }

  async blob(path: string): Promise<Blob | null> {
    const response = await this.fetch(path);
    return response.status === 204 ? null : response.blob();
  }

  async *events(path: string, body: FormData | URLSearchParams, signal: AbortSignal): AsyncGenerator<Told> {
    const response = await this.fetch(path, { method: "POST", body, signal });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      const parts = (held + value).split("\n\n");
      held = parts.pop() ?? "";
      for (const part of parts) {
        const told = /^event: (.+)\ndata: (.+)$/.exec(part);
        if (told) yield { name: told[1], value: JSON.parse(told[2]!) } as Told;
      }
    }
  }

  forget(): void {
    forget(this, "conversation");
  }
}

async function refusal(response: Response): Promise<Refused> {
  let failure: Failure = { code: "lost", message: "" };
  try {
    const told = await response.json();
    if (typeof told.message === "string") failure = told;
  } catch {
    // a proxy's own page: the status is all there is to know
  }
  return new Refused(failure, response.status);
}
