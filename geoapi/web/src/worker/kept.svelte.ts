/**
 * What the phone keeps for when there is no network: packs of a district or a city, and the answers from them.
 *
 * The work is done by `keeper.ts`, in a thread that is started when it is first needed. A pack's address names a
 * district, which is all that it tells of where somebody is.
 */
import { answered, api, base } from "../api/client.ts";
import type { Refusal } from "../offline/refused.ts";
import type { KeptPack, Refreshed } from "../offline/store.ts";
import { language } from "../ui/language.svelte.ts";
import { choices } from "./choices.svelte.ts";
import type { Detail } from "./detail.ts";
import type { Asked, FromKeeper, Own, ToKeeper, Verb } from "./keeper.ts";
import type { Listed, NearestAnswer, Question, Word } from "./types.ts";

export type Trouble = NonNullable<Refreshed["why"]>;

// what is kept is looked over again after so long
const STALE_MS = 3_600_000;

class KeptData {
  /** The packs on this phone; null until they have been looked at. */
  packs = $state.raw<readonly KeptPack[] | null>(null);
  fetching = $state(false);
  trouble = $state<Trouble | null>(null);
  #keeper: Worker | null = null;
  #turn = 0;
  readonly #waiting = new Map<number, (from: FromKeeper) => void>();

  /** The answer of the phone itself; why it has none; null where it keeps nothing. */
  async answer(
    question: Question,
  ): Promise<{ answer: NearestAnswer; since: Date } | { refused: Refusal } | null> {
    const told = await this.#read("nearest", { question, now: Date.now() });
    if (told === null) return null;
    return "why" in told ? { refused: told } : { answer: told.answer, since: new Date(told.checkedAt) };
  }

  async search(words: string, most: number): Promise<Listed[] | null> {
    const told = await this.#read("search", { words, most, lang: language.current });
    return told && told.answer;
  }

  async detail(id: string, span: { from: string; to: string }): Promise<Detail | null> {
    const told: Own<Omit<Detail, "keptSince">> | null = await this.#read("detail", {
      id,
      ...span,
      lang: language.current,
    });
    return told && { ...told.answer, keptSince: new Date(told.checkedAt) };
  }

  async words(): Promise<{ kinds: Word[]; amenities: Word[] } | null> {
    return this.#read("words", null);
  }

  async look(): Promise<void> {
    this.packs = await this.#ask("list", null).catch(() => []);
  }

  /**
   * Keep the pack of a district, or of its city, as somebody chose, when the page has nothing else to do. Not on
   * its own account where the browser is told to save data.
   */
  async follow(district: string): Promise<void> {
    if (!wanted() || savesData() || !navigator.onLine || this.fetching) return;
    await idle();
    if (!wanted()) return;
    const code = choices.kept === "city" ? await cityOf(district) : district;
    if (this.packs === null) await this.look();
    const there = this.packs?.find((one) => one.code === code);
    if (there && Date.now() - there.checkedAt < STALE_MS) return;
    await this.fetch(code);
  }

  /** Fetch a pack, or what changed in it; the others are forgotten, so that one area is kept and no more. */
  async fetch(code: string): Promise<void> {
    this.fetching = true;
    this.trouble = null;
    try {
      const { outcome, why } = await this.#ask("refresh", { code });
      if (outcome === "failed" || why) this.trouble = why ?? "unavailable";
      if (outcome !== "failed") {
        for (const one of this.packs ?? [])
          if (one.code !== code) await this.#ask("remove", { code: one.code });
        // somebody may have chosen to keep nothing while it was on its way
        if (!wanted()) await this.#ask("remove", { code });
      }
    } catch {
      this.trouble = "unavailable";
    } finally {
      this.fetching = false;
      await this.look();
    }
  }

  async remove(code: string): Promise<void> {
    await this.#ask("remove", { code }).catch(() => null);
    await this.look();
  }

  /** Remove all that is kept, until somebody wants it again. */
  async forget(): Promise<void> {
    await this.look();
    for (const one of this.packs ?? []) if (!wanted()) await this.remove(one.code);
  }

  /** What the keeper answers from packs. None of a phone that is to keep none, even if one is not yet gone. */
  async #read<V extends Verb>(verb: V, ask: Asked[V]["ask"]): Promise<Asked[V]["told"] | null> {
    return wanted() ? this.#ask(verb, ask).catch(() => null) : null;
  }

  #ask<V extends Verb>(verb: V, ask: Asked[V]["ask"]): Promise<Asked[V]["told"]> {
    const keeper = (this.#keeper ??= this.#start());
    const turn = ++this.#turn;
    return new Promise((resolve, reject) => {
      this.#waiting.set(turn, (from) => {
        if ("failed" in from) reject(new Error(from.failed));
        else resolve(from.told as Asked[V]["told"]);
      });
      keeper.postMessage({ turn, verb, ask } as ToKeeper);
    });
  }

  #start(): Worker {
    // by its name it learns what the service's addresses are relative to
    const keeper = new Worker(new URL("./keeper.ts", import.meta.url), { type: "module", name: base });
    keeper.addEventListener("message", ({ data }: MessageEvent<FromKeeper>) => {
      this.#waiting.get(data.turn)?.(data);
      this.#waiting.delete(data.turn);
    });
    keeper.addEventListener("error", () => {
      // nothing is kept in a browser that cannot run it
      for (const [turn, tell] of this.#waiting) tell({ turn, failed: "the keeper did not start" });
      this.#waiting.clear();
    });
    return keeper;
  }
}

export const kept = new KeptData();

/** Whether the browser is told to save data. */
export function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

/** The city that a district belongs to; the district itself where it belongs to none. */
export async function cityOf(district: string): Promise<string> {
  const { items } = await answered(api.GET("/v1/districts"));
  let code = district;
  for (let up = 0; up < 4; up++) {
    const parent = items.find((one) => one.code === code)?.parent_code;
    if (!parent) break;
    code = parent;
  }
  return code;
}

function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => resolve(), { timeout: 5_000 });
    else setTimeout(resolve, 2_000);
  });
}

/** Whether anything is to be kept, as it is chosen now. */
function wanted(): boolean {
  return choices.kept !== "none";
}
