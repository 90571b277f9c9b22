/** What undoing would put back, worked out from the history as it is told. No DOM. */
import type { Schemas } from "../../api/client.ts";

type Revision = Pick<Schemas["Revision"], "version" | "changes">;

export interface Back {
  field: string;
  label: string;
  now: unknown;
  then: unknown;
  /** Somebody changed it again after what is undone. */
  changedSince: boolean;
}

/**
 * Of `undo`, what that version changed; of `to`, all that changed after it. `history` is newest first and
 * reaches back to `version`.
 */
export function putBack(history: readonly Revision[], version: number, mode: "undo" | "to"): Back[] {
  const back = new Map<string, Back>();
  // closures and outages are told one by one, each an entry of its own: they are never merged
  const key = (one: Revision["changes"][number], at: number, n: number): string =>
    ["closures", "openings", "out_of_order"].includes(one.field) ? `${one.field} ${at} ${n}` : one.field;
  for (const revision of history) {
    if (revision.version < version || (mode === "to" && revision.version === version)) continue;
    revision.changes.forEach((one, n) => {
      const name = key(one, revision.version, n);
      const later = back.get(name);
      if (mode === "undo" && revision.version > version) {
        // remembered only to know what it is now
        if (!later)
          back.set(name, {
            field: one.field,
            label: one.label,
            now: one.after,
            then: undefined,
            changedSince: true,
          });
        return;
      }
      back.set(name, {
        field: one.field,
        label: one.label,
        now: later ? later.now : one.after,
        then: one.before,
        changedSince: mode === "undo" && later !== undefined,
      });
    });
  }
  const undone = new Set(
    history
      .filter((one) => one.version === version)
      .flatMap((one) => one.changes.map((each, n) => key(each, version, n))),
  );
  return [...back]
    .filter(([name]) => mode === "to" || undone.has(name))
    .map(([, one]) => one)
    .filter((one) => JSON.stringify(one.now ?? null) !== JSON.stringify(one.then ?? null));
}
