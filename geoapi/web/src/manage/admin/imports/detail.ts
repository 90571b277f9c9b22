/** Of why a row waits, what is said beside the reason: what the row says there, not the loader's own remarks. */
const SAID = new Set([
  "not_a_number",
  "not_finite",
  "out_of_range",
  "swapped_axes",
  "zero_zero",
  "outside_districts",
  "unknown_kind",
  "there_is_none",
]);

export function detailOf(reason: string, detail: string | null): string {
  return detail !== null && SAID.has(reason) && detail !== "empty" ? detail : "";
}
