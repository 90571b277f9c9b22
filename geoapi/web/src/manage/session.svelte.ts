/** Who is signed in, and calls that need somebody to be: where a session is over, it is asked for in between. */
import { answered, api, Refused, Unreachable, withResponse } from "../api/client.ts";
import { language } from "../ui/language.svelte.ts";
import { forgetDrafts } from "./drafts.ts";
import { waysIn, type Ways } from "./entry/ways.ts";
import { here } from "./here.svelte.ts";
import type { Me } from "./routes.ts";

/** What a call of `api` answers. */
export interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

// problems come in the language of the page, not of the browser
api.use({
  onRequest({ request }) {
    request.headers.set("Accept-Language", language.current);
    return request;
  },
});

class Session {
  /** `asking` until the service has said; `out`: nobody is. */
  state = $state<"asking" | "out" | "in" | "unreachable">("asking");
  me = $state.raw<Me | null>(null);
  /** How one may sign in; null while that is not known. */
  ways = $state.raw<Ways | null>(null);
  /** Why it is not known who is signed in. */
  trouble = $state.raw<unknown>(null);
  /** The session ended while somebody was at work: they are asked to sign in again, over their work. */
  over = $state(false);
  /** Counts what was done, for whoever shows how much there is to do. */
  acts = $state(0);
  #waiting: { back: () => void; no: () => void }[] = [];
  /** The other windows of this browser, which have the same cookie: who is signed in by now, if anybody. */
  #windows = new BroadcastChannel("geoapi.session");

  constructor() {
    this.#windows.onmessage = ({ data }: MessageEvent<string | null>) => {
      if (this.state !== "in") {
        if (data !== null && this.state === "out" && here.brought === null) void this.ask();
      } else if (data === null) this.#forget();
      else if (data !== this.me?.id) {
        forgetDrafts();
        here.beginAnew();
      }
    };
  }

  async ask(): Promise<void> {
    this.state = "asking";
    try {
      this.ways = await waysIn();
      this.me = this.ways.signed_in ? await answered(api.GET("/v1/me")) : null;
      this.state = this.me ? "in" : "out";
    } catch (error) {
      this.trouble = error;
      this.state = error instanceof Refused && error.status === 401 ? "out" : "unreachable";
    }
  }

  /** Raises what the service refuses: wrong words (401), too many tries (429). */
  async signIn(login: string, password: string): Promise<void> {
    await answered(api.POST("/v1/auth/sign-in", { body: { login, password, session: "cookie" } }));
    const me = await answered(api.GET("/v1/me"));
    this.#windows.postMessage(me.id);
    if (this.me && this.me.id !== me.id) {
      // what is open here is somebody else's, and is not sent in their name
      forgetDrafts();
      here.beginAnew();
      return new Promise(() => {});
    }
    this.me = me;
    this.state = "in";
    this.#goOn((one) => one.back());
  }

  async signOut(): Promise<void> {
    await answered(api.POST("/v1/auth/sign-out"));
    this.left();
  }

  /** Nobody is signed in any more, and nothing of theirs is left here or in another window. */
  left(): void {
    this.#windows.postMessage(null);
    this.#forget();
  }

  #forget(): void {
    forgetDrafts();
    here.reset();
    this.notNow();
    this.me = null;
    this.state = "out";
  }

  /** Asks to sign in again; false where they would rather not now. */
  again(): Promise<boolean> {
    this.over = true;
    return new Promise((resolve) => {
      this.#waiting.push({ back: () => resolve(true), no: () => resolve(false) });
    });
  }

  notNow(): void {
    this.#goOn((one) => one.no());
  }

  #goOn(tell: (one: { back: () => void; no: () => void }) => void): void {
    this.over = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    waiting.forEach(tell);
  }
}

export const session = new Session();

/**
 * The data and response of a call that needs somebody signed in. Where the session is over they sign in
 * again and the call is made again; raises `Refused` (401 too, where they do not) and `Unreachable`.
 */
export async function asked<T>(call: () => Promise<Answer<T>>): Promise<{ data: T; response: Response }> {
  for (;;) {
    try {
      return await withResponse(call());
    } catch (error) {
      const isOver = error instanceof Refused && error.status === 401 && session.state === "in";
      if (!isOver || !(await session.again())) throw error;
    }
  }
}

/** The data alone. */
export async function told<T>(call: () => Promise<Answer<T>>): Promise<T> {
  return (await asked(call)).data;
}

/**
 * Something that is to happen once, however often it is sent: the same body goes under the same
 * `Idempotency-Key` until the service has answered.
 */
export class Intent {
  #body = "";
  #key = "";

  async send<T>(body: unknown, call: (key: string) => Promise<Answer<T>>): Promise<T> {
    const text = JSON.stringify(body ?? null);
    if (!this.#key || text !== this.#body) {
      this.#body = text;
      this.#key = newKey();
    }
    try {
      const data = await told(() => call(this.#key));
      this.#key = "";
      session.acts += 1;
      return data;
    } catch (error) {
      const mayHaveHappened =
        error instanceof Unreachable || (error instanceof Refused && error.status >= 500);
      if (!mayHaveHappened) this.#key = "";
      throw error;
    }
  }
}

// crypto.randomUUID is there over https alone; a closed network may have none
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
