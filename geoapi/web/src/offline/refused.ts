/** What a pack cannot answer, said plainly: it is never answered wrongly instead. */

export type Refusal =
  /** A time for which nothing has been worked out; the pack knows [known_from, known_until). */
  | { why: "beyond_window"; known_from: string; known_until: string }
  /** Stations may be missing: within `covered_m` metres of the place asked about, none is. */
  | { why: "beyond_area"; covered_m: number }
  /** A value that the service would refuse, too. */
  | { why: "invalid"; field: string }
  /** No such kind or amenity. */
  | { why: "unknown_code"; field: "kind" | "amenity"; code: string }
  /** No such station in the pack. */
  | { why: "not_found" };

export type Answered<T> = { ok: true; answer: T } | { ok: false; refused: Refusal };

/** Thrown and caught within the engine; callers get `Answered`. */
export class CannotAnswer extends Error {
  readonly refused: Refusal;

  constructor(refused: Refusal) {
    super(refused.why);
    this.refused = refused;
  }
}

/** What `work` returns, or why it cannot. */
export function answered<T>(work: () => T): Answered<T> {
  try {
    return { ok: true, answer: work() };
  } catch (error) {
    if (error instanceof CannotAnswer) return { ok: false, refused: error.refused };
    throw error;
  }
}
