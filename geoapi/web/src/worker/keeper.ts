/**
 * Keeps packs and answers from them, in a thread of its own: reading a city's pack takes an old phone seconds, in
 * which the page is to go on. `kept.svelte.ts` is its other end.
 */
import { PackStore } from "../offline/store.ts";
import type { KeptPack, Refreshed } from "../offline/store.ts";
import { answerNearest, search, station, stationHours } from "../offline/index.ts";
import type { Pack, Refusal } from "../offline/index.ts";
import type { Language } from "../ui/language.svelte.ts";
import type { Listed, NearestAnswer, Question, Station, StationHours, Word } from "./types.ts";

/** An answer, and when the service last said that what it is from is the present state. */
export interface Own<T> {
  answer: T;
  checkedAt: number;
}

export interface Asked {
  nearest: { ask: { question: Question; now: number }; told: Own<NearestAnswer> | Refusal | null };
  search: { ask: { words: string; most: number; lang: Language }; told: Own<Listed[]> | null };
  detail: {
    ask: { id: string; from: string; to: string; lang: Language };
    told: Own<{ station: Station; hours: StationHours }> | null;
  };
  words: { ask: null; told: { kinds: Word[]; amenities: Word[] } | null };
  list: { ask: null; told: KeptPack[] };
  refresh: { ask: { code: string }; told: Pick<Refreshed, "outcome" | "kept" | "why"> };
  remove: { ask: { code: string }; told: null };
}

export type Verb = keyof Asked;
export type ToKeeper = { [V in Verb]: { turn: number; verb: V; ask: Asked[V]["ask"] } }[Verb];
export type FromKeeper = { turn: number; told: unknown } | { turn: number; failed: string };

const store = new PackStore({ base: new URL(self.name).href });

/** The packs that can be asked today, the one that was checked last first. */
async function packs(): Promise<{ pack: Pack; kept: KeptPack }[]> {
  const kept = (await store.list()).sort((a, b) => b.checkedAt - a.checkedAt);
  const opened = await Promise.all(
    kept.map(async (one) => ({ kept: one, pack: await store.open(one.code) })),
  );
  return opened.filter((one): one is { pack: Pack; kept: KeptPack } => one.pack !== null);
}

const does: { [V in Verb]: (ask: Asked[V]["ask"]) => Promise<Asked[V]["told"]> } = {
  async nearest({ question, now }) {
    let refused: Refusal | null = null;
    for (const { pack, kept } of await packs()) {
      const said = answerNearest(pack, question, now);
      if (said.ok) return { answer: said.answer, checkedAt: kept.checkedAt };
      refused ??= said.refused;
    }
    return refused;
  },

  async search({ words, most, lang }) {
    const found = new Map<string, Listed>();
    let checkedAt = Infinity;
    for (const { pack, kept } of await packs()) {
      checkedAt = Math.min(checkedAt, kept.checkedAt);
      for (const one of search(pack, words, { limit: most, lang }, Date.now())) found.set(one.id, one);
    }
    return checkedAt === Infinity ? null : { answer: [...found.values()].slice(0, most), checkedAt };
  },

  async detail({ id, from, to, lang }) {
    for (const { pack, kept } of await packs()) {
      const about = station(pack, id, { lang }, Date.now());
      const hours = stationHours(pack, id, { from, to, lang }, Date.now());
      if (about.ok && hours.ok) {
        return { answer: { station: about.answer, hours: hours.answer }, checkedAt: kept.checkedAt };
      }
    }
    return null;
  },

  async words() {
    const [first] = await packs();
    if (!first) return null;
    const named = ([, code, zh, en]: readonly [number, string, string, string, ...unknown[]]): Word => ({
      code,
      name: zh,
      name_zh: zh,
      name_en: en,
    });
    const { kinds, amenities } = first.pack.parts;
    return { kinds: kinds.map(named), amenities: amenities.map(named) };
  },

  list: () => store.list(),

  async refresh({ code }) {
    const { outcome, kept, why } = await store.refresh(code);
    void store.tidy();
    return { outcome, kept, ...(why && { why }) };
  },

  async remove({ code }) {
    await store.remove(code);
    return null;
  },
};

self.addEventListener("message", (event: MessageEvent<ToKeeper>) => {
  const { turn, verb, ask } = event.data;
  const work = does[verb] as (ask: unknown) => Promise<unknown>;
  work(ask).then(
    (told) => self.postMessage({ turn, told } satisfies FromKeeper),
    (error: unknown) => self.postMessage({ turn, failed: String(error) } satisfies FromKeeper),
  );
});
