/** Where in the page somebody is: what stands behind the `#`, without the tokens of links. */
import type { Place } from "./routes.ts";

/** What a link brought: read once, and taken out of the address before anything else happens. */
export interface Brought {
  kind: "invitation" | "recovery";
  token: string;
}

/** What somebody who has not saved is asked about. */
export interface Leaving {
  /** Nothing of what was typed is kept: they sign out. */
  forgets: boolean;
  go: () => void;
}

class Here {
  path = $state("");
  query = $state.raw(new URLSearchParams());
  brought = $state.raw<Brought | null>(null);
  /** Somebody wants to leave, and has not saved. */
  leaving = $state.raw<Leaving | null>(null);
  #current = "";
  #holds: (() => boolean) | null = null;

  constructor() {
    this.#read();
    addEventListener("hashchange", () => this.#read());
    addEventListener("beforeunload", (event) => {
      if (this.#holds?.()) event.preventDefault();
    });
  }

  /** While `unsaved` says so, leaving asks first. Call what it returns to end that. */
  hold(unsaved: () => boolean): () => void {
    this.#holds = unsaved;
    return () => {
      if (this.#holds === unsaved) this.#holds = null;
    };
  }

  go(address: string): void {
    location.hash = address;
  }

  /** Does what keeps nothing of what was typed; asks first where something was. */
  orAsk(go: () => void): void {
    if (this.#holds?.()) this.leaving = { forgets: true, go };
    else go();
  }

  /** What they wanted, without asking again. */
  leave(): void {
    const wanted = this.leaving;
    this.leaving = null;
    this.#holds = null;
    wanted?.go();
  }

  stay(): void {
    this.leaving = null;
  }

  /** The page of somebody else: nothing that was typed holds it any more. */
  beginAnew(): void {
    this.#holds = null;
    location.reload();
  }

  /** To where everybody begins. */
  reset(): void {
    this.leaving = null;
    this.#holds = null;
    history.replaceState(null, "", location.pathname + location.search);
    this.#set("");
  }

  #read(): void {
    const hash = location.hash.replace(/^#/, "");
    const link = /^(invitation|recovery)=(.+)$/.exec(hash);
    if (link) {
      this.brought = { kind: link[1] as Brought["kind"], token: decoded(link[2]!) };
      history.replaceState(null, "", location.pathname + location.search);
      this.#set("");
      return;
    }
    if (hash !== this.#current && this.#holds?.()) {
      this.leaving = { forgets: false, go: () => this.go(hash) };
      history.replaceState(null, "", `#${this.#current}`);
      return;
    }
    this.#set(hash);
  }

  #set(hash: string): void {
    this.#current = hash;
    const [path = "", query = ""] = hash.split("?", 2);
    this.path = path;
    this.query = new URLSearchParams(query);
  }
}

export const here = new Here();

/** The place of a path, and what its changing segments are. */
export function placeOf(
  path: string,
  places: readonly Place[],
): { place: Place; params: Record<string, string> } | null {
  const asked = path.split("/");
  for (const place of places) {
    const parts = place.path.split("/");
    if (parts.length !== asked.length) continue;
    const params: Record<string, string> = {};
    const fits = parts.every((part, n) => {
      if (!part.startsWith(":")) return part === asked[n];
      params[part.slice(1)] = decoded(asked[n]!);
      return asked[n] !== "";
    });
    if (fits) return { place, params };
  }
  return null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
