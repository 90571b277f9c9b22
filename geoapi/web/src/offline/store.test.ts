import { describe, expect, it } from "vitest";
import type { PackDelta, PackDocument } from "./format.ts";
import { PackStore, type Shelf } from "./store.ts";
import { deltaOf, packOf, record } from "./testing.ts";

const NOW = Date.parse("2026-11-23T04:00:00Z");

/** A shelf in memory; `full`: how many entries there is room for. */
class MemoryShelf implements Shelf {
  readonly entries = new Map<string, unknown>();
  full = Infinity;
  puts = 0;

  async get(key: string): Promise<unknown> {
    return structuredClone(this.entries.get(key));
  }
  async put(entries: [string, unknown][]): Promise<void> {
    this.puts++;
    const fresh = entries.filter(([key]) => !this.entries.has(key)).length;
    if (this.entries.size + fresh > this.full) throw new DOMException("no room", "QuotaExceededError");
    for (const [key, value] of entries) this.entries.set(key, structuredClone(value));
  }
  async remove(keys: string[]): Promise<void> {
    for (const key of keys) this.entries.delete(key);
  }
  async keys(): Promise<string[]> {
    return [...this.entries.keys()];
  }
}

type Reply = PackDocument | PackDelta | number | "cut off" | "no network";

/** A service that gives these replies one after another, and what it was asked. */
function service(...replies: Reply[]) {
  const asked: { url: string; known: string | null }[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    asked.push({ url: String(input), known: new Headers(init?.headers).get("If-None-Match") });
    const reply = replies.shift();
    if (reply === undefined || reply === "no network") throw new TypeError("Failed to fetch");
    if (reply === "cut off") return new Response('{"format": 1, "kind": "who');
    if (typeof reply === "number") return new Response(null, { status: reply });
    return Response.json(reply);
  };
  return { asked, fetch };
}

function storeOf(shelf: Shelf, ...replies: Reply[]) {
  const { asked, fetch } = service(...replies);
  const clock = { now: NOW };
  return { asked, clock, store: new PackStore({ base: "https://x/", shelf, fetch, now: () => clock.now }) };
}

describe("a pack on the phone", () => {
  it("is fetched whole, kept, and there for the next page", async () => {
    const shelf = new MemoryShelf();
    const pack = await packOf([record(1), record(2)]);
    const { store, asked } = storeOf(shelf, pack);
    const first = await store.refresh("110101");
    expect(first).toMatchObject({ outcome: "whole", kept: { version: pack.version, stations: 2 } });
    expect(asked).toEqual([{ url: "https://x/v1/pack/110101", known: null }]);
    const later = storeOf(shelf).store;
    expect((await later.open("110101"))?.version).toBe(pack.version);
    const [kept] = await later.list();
    expect(kept).toMatchObject({ code: "110101", name_zh: "东城区", changedAt: NOW, checkedAt: NOW });
    expect(kept!.bytes).toBeGreaterThan(500);
  });

  it("is brought up to date by what changed", async () => {
    const shelf = new MemoryShelf();
    const before = await packOf([record(1), record(2), record(3)]);
    const closer = record(2, { lon: 116.5 });
    const after = await packOf([record(1), closer, record(4)]);
    const { store, asked, clock } = storeOf(
      shelf,
      before,
      deltaOf(before, after, [closer, record(4)], [3]),
      304,
    );
    await store.refresh("110101");
    clock.now += 60_000;
    expect(await store.refresh("110101")).toMatchObject({
      outcome: "changed",
      kept: { version: after.version, changedAt: NOW + 60_000 },
    });
    expect(asked[1]).toEqual({
      url: `https://x/v1/pack/110101?since=${before.version}`,
      known: `W/"${before.version}"`,
    });
    clock.now += 60_000;
    const unchanged = await store.refresh("110101");
    expect(unchanged).toMatchObject({
      outcome: "unchanged",
      kept: { version: after.version, changedAt: NOW + 60_000, checkedAt: NOW + 120_000 },
    });
    expect(unchanged.pack?.ids).toEqual([1, 2, 4]);
  });

  it("is fetched whole where a delta makes nothing sound of it", async () => {
    const shelf = new MemoryShelf();
    const before = await packOf([record(1)]);
    const after = await packOf([record(1), record(2)]);
    const wrong = deltaOf(before, after, [record(2, { phone: "1" })]);
    const { store, asked } = storeOf(shelf, before, wrong, after);
    await store.refresh("110101");
    expect(await store.refresh("110101")).toMatchObject({
      outcome: "changed",
      kept: { version: after.version },
    });
    expect(asked.map(({ url }) => url.includes("since="))).toEqual([false, true, false]);
  });

  it.each([
    ["no network", "unreachable"],
    ["cut off", "unreachable"],
    [503, "unavailable"],
  ] as const)("goes on being used when what comes is %s", async (reply, why) => {
    const shelf = new MemoryShelf();
    const pack = await packOf([record(1)]);
    const { store } = storeOf(shelf, pack, reply);
    await store.refresh("110101");
    const failed = await store.refresh("110101");
    expect(failed).toMatchObject({ outcome: "failed", why, kept: { version: pack.version } });
    expect(failed.pack?.count).toBe(1);
  });

  it("is not what its version says: nothing of it is used", async () => {
    const pack = await packOf([record(1)]);
    const { store } = storeOf(
      new MemoryShelf(),
      { ...pack, version: "0".repeat(32) },
      { ...pack, format: 2 },
    );
    expect(await store.refresh("110101")).toMatchObject({ outcome: "failed", why: "damaged", pack: null });
    expect(await store.refresh("110101")).toMatchObject({ outcome: "failed", why: "damaged", pack: null });
  });

  it("is fetched anew where what was kept is damaged or half", async () => {
    const pack = await packOf([record(1)]);
    for (const damage of [
      (shelf: MemoryShelf) => shelf.entries.delete("pack:110101"),
      (shelf: MemoryShelf) => shelf.entries.set("pack:110101", { ...pack, stations: null }),
      (shelf: MemoryShelf) => shelf.entries.set("pack:110101", { ...pack, version: "another" }),
      (shelf: MemoryShelf) => shelf.entries.set("kept:110101", "?"),
    ]) {
      const shelf = new MemoryShelf();
      await storeOf(shelf, pack).store.refresh("110101");
      damage(shelf);
      const { store, asked } = storeOf(shelf, pack);
      expect(await store.open("110101")).toBeNull();
      expect(await store.refresh("110101")).toMatchObject({ outcome: "whole" });
      expect(asked[0]!.url).not.toContain("since=");
      expect((await storeOf(shelf).store.open("110101"))?.version).toBe(pack.version);
    }
  });

  it("makes room by forgetting the others, and is used unkept where there is none", async () => {
    const shelf = new MemoryShelf();
    const here = await packOf([record(1)]);
    const other = { ...here, about: { ...here.about, code: "110102" } };
    const elsewhere = { ...other, version: await (await import("./delta.ts")).versionOf(other) };
    const { store } = storeOf(shelf, elsewhere, here, here);
    await store.refresh("110102");
    shelf.full = 2;
    expect(await store.refresh("110101")).toMatchObject({ outcome: "whole", kept: { code: "110101" } });
    expect((await store.list()).map(({ code }) => code)).toEqual(["110101"]);
    await store.remove("110101");
    shelf.full = 0;
    const unkept = await store.refresh("110101");
    expect(unkept).toMatchObject({ outcome: "whole", kept: null, why: "no_room" });
    expect(unkept.pack?.count).toBe(1);
  });

  it("is forgotten when nothing can be answered from it, or its district is gone", async () => {
    const shelf = new MemoryShelf();
    const pack = await packOf([record(1)]);
    const { store, clock } = storeOf(shelf, pack, pack, 404);
    await store.refresh("110101");
    clock.now = Date.parse("2026-12-09T00:00:00Z");
    expect(await store.open("110101")).toBeNull();
    await store.tidy();
    expect(shelf.entries.size).toBe(0);
    clock.now = NOW;
    await store.refresh("110101");
    expect(await store.refresh("110101")).toMatchObject({ outcome: "failed", why: "unknown", pack: null });
    expect(shelf.entries.size).toBe(0);
  });

  it("is asked for once, however many want it", async () => {
    const { store, asked } = storeOf(new MemoryShelf(), await packOf([record(1)]));
    const all = await Promise.all([
      store.refresh("110101"),
      store.refresh("110101"),
      store.refresh("110101"),
    ]);
    expect(new Set(all).size).toBe(1);
    expect(asked).toHaveLength(1);
  });
});
