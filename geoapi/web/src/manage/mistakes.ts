/** What the service says of a field, for the place where it was entered. */
import { Refused } from "../api/client.ts";
import { say } from "../ui/language.svelte.ts";

/** Of the first of its entries about `field` or a part of it ("hours" has "hours.week.0"): what and the mend. */
export function mistakeAt(error: unknown, field: string): string {
  if (!(error instanceof Refused)) return "";
  const entry = (error.problem?.errors ?? []).find(
    (one) => one.field === field || one.field?.startsWith(`${field}.`),
  );
  if (!entry) return "";
  return [entry.detail, entry.mend].filter(Boolean).join(say("。", ". "));
}

/** Whether all that is wrong is told at one of these fields. */
export function isAtFields(error: unknown, fields: readonly string[]): boolean {
  if (!(error instanceof Refused)) return false;
  const entries = error.problem?.errors ?? [];
  return (
    entries.length > 0 &&
    entries.every((one) => fields.some((field) => one.field === field || one.field?.startsWith(`${field}.`)))
  );
}
