/** What changed, put into a pack; and the digest that tells whether the outcome is what the service has. */
import { blockOf, rowsOf } from "./columns.ts";
import {
  PARTS,
  requireFormat,
  UnusablePack,
  type PackDelta,
  type PackDocument,
  type Parts,
} from "./format.ts";

/**
 * The pack after a delta. Raises `UnusablePack` where the delta is one of another version.
 *
 * Whoever keeps the outcome holds it to its version first (`versionOf`): a delta of a pack that was damaged
 * on the phone makes nothing sound of it.
 */
export function applyDelta(pack: PackDocument, delta: PackDelta): PackDocument {
  requireFormat(delta);
  if (delta.since !== pack.version) {
    throw new UnusablePack(`a delta since ${delta.since} is none of ${pack.version}`);
  }
  const changed = new Map(rowsOf(delta.stations).map((row) => [row[0] as number, row]));
  const gone = new Set(delta.removed);
  let { stations } = pack;
  if (changed.size || gone.size) {
    const kept = rowsOf(pack.stations).filter(
      ([id]) => !changed.has(id as number) && !gone.has(id as number),
    );
    stations = blockOf([...kept, ...changed.values()].sort((a, b) => (a[0] as number) - (b[0] as number)));
  }
  return {
    format: delta.format,
    kind: "whole",
    version: delta.version,
    since: null,
    since_known: null,
    about: delta.about,
    parts: { ...pack.parts, ...delta.parts },
    stations,
    removed: [],
  };
}

/** The version that a pack's content has: equal to `version`, or the pack is damaged. */
export async function versionOf(pack: PackDocument): Promise<string> {
  const lines = [JSON.stringify(pack.about), ...PARTS.map((name) => JSON.stringify(pack.parts[name]))];
  for (const row of rowsOf(pack.stations)) lines.push(JSON.stringify(row));
  const bytes = new TextEncoder().encode(lines.join("\n") + "\n");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The pack itself. Raises `UnusablePack` where parts are missing or the content is not what its version says. */
export async function sound(pack: PackDocument): Promise<PackDocument> {
  requireFormat(pack);
  const parts: Partial<Parts> = pack.parts;
  const missing = PARTS.filter((name) => parts[name] === undefined);
  if (missing.length) throw new UnusablePack(`no ${missing.join(", ")}`);
  const version = await versionOf(pack);
  if (version !== pack.version) throw new UnusablePack(`the content is ${version}, and not ${pack.version}`);
  return pack;
}
