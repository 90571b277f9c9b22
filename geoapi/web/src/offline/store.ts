/**
 * The packs on this phone: fetched, brought up to date by what changed, checked, and kept in IndexedDB.
 *
 * No position is in any of it. A pack is kept whole or not at all, and used only when its content is what its
 * version says; where anything is wrong with it, the whole is fetched anew.
 */
import { createStore, delMany, get, keys, setMany, type UseStore } from "idb-keyval";
import { applyDelta, sound } from "./delta.ts";
import { FORMAT, UnusablePack, type PackDelta, type PackDocument } from "./format.ts";
import { openPack, type Pack } from "./pack.ts";

/** What is told of a pack that is kept. Times are milliseconds since 1970. */
export interface KeptPack {
  code: string;
  name_zh: string;
  name_en: string | null;
  version: string;
  stations: number;
  /** Room that its text takes, in bytes. */
  bytes: number;
  /** When its content last changed here, and when the service last said that it is the present one. */
  changedAt: number;
  checkedAt: number;
  /** The time that it knows: [startsAt, endsAt). */
  startsAt: number;
  endsAt: number;
}

/** What came of looking for news. Where something went wrong the pack kept from before goes on being used. */
export interface Refreshed {
  outcome: "unchanged" | "changed" | "whole" | "failed";
  pack: Pack | null;
  kept: KeptPack | null;
  /**
   * unreachable: no network. unavailable: the service cannot answer now. unknown: it has no such district.
   * damaged: what it sent cannot be used. no_room: the pack can be used until the page is closed, not kept.
   */
  why?: "unreachable" | "unavailable" | "unknown" | "damaged" | "no_room";
}

/** Where packs are kept: what is put together is there together, or not at all. */
export interface Shelf {
  get(key: string): Promise<unknown>;
  put(entries: [string, unknown][]): Promise<void>;
  remove(keys: string[]): Promise<void>;
  keys(): Promise<string[]>;
}

export interface PackStoreOptions {
  /** The address that the service's are relative to, with its closing slash. */
  base: string;
  shelf?: Shelf;
  fetch?: typeof globalThis.fetch;
  now?: () => number;
}

export class PackStore {
  readonly #base: string;
  readonly #shelf: Shelf;
  readonly #fetch: typeof globalThis.fetch;
  readonly #now: () => number;
  readonly #open = new Map<string, Pack>();
  readonly #refreshing = new Map<string, Promise<Refreshed>>();

  constructor({ base, shelf, fetch, now }: PackStoreOptions) {
    this.#base = base;
    this.#shelf = shelf ?? indexedDbShelf();
    this.#fetch = fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#now = now ?? Date.now;
  }

  /** The pack of a district as it is kept here: null where there is none that can be used today. */
  async open(code: string): Promise<Pack | null> {
    const kept = await this.kept(code);
    if (!kept || kept.endsAt <= this.#now()) return null;
    const opened = this.#open.get(code);
    if (opened?.version === kept.version) return opened;
    try {
      const document = (await this.#shelf.get(documentKey(code))) as PackDocument | undefined;
      // another tab may have put a newer one there meanwhile; an older page may have kept another format
      if (document?.version !== kept.version || document.format !== FORMAT) return null;
      const pack = openPack(document);
      this.#open.set(code, pack);
      return pack;
    } catch {
      // whatever is wrong with it: the next refresh fetches the whole
      await this.remove(code);
      return null;
    }
  }

  /** What is known of a pack that is kept; null where there is none. */
  async kept(code: string): Promise<KeptPack | null> {
    const kept = await this.#shelf.get(keptKey(code)).catch(() => undefined);
    return isKept(kept) ? kept : null;
  }

  /** All packs that are kept, by code. */
  async list(): Promise<KeptPack[]> {
    const all = await this.#shelf.keys().catch((): string[] => []);
    const codes = all.filter((key) => key.startsWith(KEPT)).map((key) => key.slice(KEPT.length));
    const kept = await Promise.all(codes.sort().map((code) => this.kept(code)));
    return kept.filter((one) => one !== null);
  }

  /** Fetch what changed, or the whole where there is nothing to go by. One at a time for a district. */
  refresh(code: string): Promise<Refreshed> {
    let running = this.#refreshing.get(code);
    if (!running) {
      running = exclusively(code, () => this.#refresh(code)).finally(() => this.#refreshing.delete(code));
      this.#refreshing.set(code, running);
    }
    return running;
  }

  /** Forget a pack. */
  async remove(code: string): Promise<void> {
    this.#open.delete(code);
    await this.#shelf.remove([keptKey(code), documentKey(code)]).catch(() => undefined);
  }

  /** Forget the packs that nothing can be answered from any longer, and what is left of broken ones. */
  async tidy(): Promise<void> {
    const now = this.#now();
    const usable = new Set<string>();
    for (const one of await this.list()) {
      if (one.endsAt > now) usable.add(one.code);
    }
    for (const key of await this.#shelf.keys().catch((): string[] => [])) {
      const code = key.startsWith(KEPT) ? key.slice(KEPT.length) : key.slice(DOCUMENT.length);
      if (!usable.has(code)) await this.remove(code);
    }
  }

  async #refresh(code: string): Promise<Refreshed> {
    const before = await this.open(code);
    const kept = before ? await this.kept(code) : null;
    const failed = (why: NonNullable<Refreshed["why"]>): Refreshed => ({
      outcome: "failed",
      pack: before,
      kept,
      why,
    });
    let sent: Sent;
    try {
      sent = await this.#ask(code, before?.version);
      if (sent.status === 304 && before && kept) {
        const checked = { ...kept, checkedAt: this.#now() };
        await this.#shelf.put([[keptKey(code), checked]]).catch(() => undefined);
        return { outcome: "unchanged", pack: before, kept: checked };
      }
    } catch {
      return failed("unreachable");
    }
    if (sent.status === 404) {
      await this.remove(code);
      return { outcome: "failed", pack: null, kept: null, why: "unknown" };
    }
    if (sent.status !== 200) return failed("unavailable");
    let document: PackDocument;
    let whole = true;
    try {
      whole = sent.body?.kind === "whole";
      document = await this.#document(code, before, sent.body);
    } catch (error) {
      return failed(error instanceof UnusablePack ? "damaged" : "unreachable");
    }
    return this.#keep(code, document, whole ? "whole" : "changed");
  }

  /** The pack that what was sent makes; fetched whole where what changed makes nothing sound. */
  async #document(
    code: string,
    before: Pack | null,
    body: PackDocument | PackDelta | null,
  ): Promise<PackDocument> {
    if (body?.kind === "delta" && before) {
      try {
        return await sound(applyDelta(before.document, body));
      } catch {
        body = (await this.#ask(code, undefined)).body;
      }
    }
    if (body?.kind !== "whole" || body.about.code !== code) throw new UnusablePack("no pack was sent");
    return sound(body);
  }

  async #ask(code: string, version: string | undefined): Promise<Sent> {
    const since = version === undefined ? "" : `?since=${encodeURIComponent(version)}`;
    const response = await this.#fetch(`${this.#base}v1/pack/${encodeURIComponent(code)}${since}`, {
      headers: version === undefined ? {} : { "If-None-Match": `W/"${version}"` },
      // kept here, and not by the browser's own cache a second time
      cache: "no-store",
      credentials: "same-origin",
    });
    if (response.status !== 200) return { status: response.status, body: null };
    // what ends early is no JSON: as good as not reached
    return { status: 200, body: (await response.json()) as PackDocument | PackDelta };
  }

  async #keep(code: string, document: PackDocument, outcome: "whole" | "changed"): Promise<Refreshed> {
    const { about, version, stations } = document;
    const kept: KeptPack = {
      code,
      name_zh: about.name_zh,
      name_en: about.name_en,
      version,
      stations: stations.count,
      bytes: new TextEncoder().encode(JSON.stringify(document)).length,
      changedAt: this.#now(),
      checkedAt: this.#now(),
      startsAt: Date.parse(about.starts_at),
      endsAt: Date.parse(about.ends_at),
    };
    const pack = openPack(document);
    this.#open.set(code, pack);
    const entries: [string, unknown][] = [
      [documentKey(code), document],
      [keptKey(code), kept],
    ];
    try {
      await this.#shelf.put(entries);
    } catch {
      try {
        await this.#makeRoom(code);
        await this.#shelf.put(entries);
      } catch {
        return { outcome, pack, kept: null, why: "no_room" };
      }
    }
    return { outcome, pack, kept };
  }

  /** Forget every other pack: the one that is asked for now is the one that is needed. */
  async #makeRoom(code: string): Promise<void> {
    for (const other of await this.list()) if (other.code !== code) await this.remove(other.code);
  }
}

interface Sent {
  status: number;
  body: PackDocument | PackDelta | null;
}

const KEPT = "kept:";
const DOCUMENT = "pack:";

function keptKey(code: string): string {
  return KEPT + code;
}

function documentKey(code: string): string {
  return DOCUMENT + code;
}

function isKept(value: unknown): value is KeptPack {
  return typeof value === "object" && value !== null && "version" in value && "endsAt" in value;
}

/** IndexedDB, one transaction for what is put together. Opened when first used. */
function indexedDbShelf(): Shelf {
  let opened: UseStore | null = null;
  const store = (): UseStore => (opened ??= createStore("geoapi-packs", "packs"));
  return {
    get: async (key) => get<unknown>(key, store()),
    put: async (entries) => setMany(entries, store()),
    remove: async (some) => delMany(some, store()),
    keys: async () => keys<string>(store()),
  };
}

/** One tab at a time, where the browser can tell. */
async function exclusively<T>(code: string, work: () => Promise<T>): Promise<T> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  return locks ? await locks.request(`geoapi-pack-${code}`, work) : work();
}
