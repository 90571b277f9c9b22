/** Settling what two people changed at once: which value a field gets, and how a PATCH says it. No DOM. */
import type { FieldDifference } from "./desk.svelte.ts";
import type { Patch } from "./form.ts";

/** Whose value holds: theirs (as it is now), mine (as it was typed here), or the one before both. */
export type Take = "theirs" | "mine" | "before";

/** What overwrites nobody: theirs where both changed it, mine where nobody else did. */
export function safeChoices(difference: readonly FieldDifference[]): Record<string, Take> {
  return Object.fromEntries(
    difference
      .filter((one) => one.status === "both" || one.status === "yours")
      .map((one) => [one.field, one.status === "both" ? "theirs" : "mine"]),
  );
}

/** Whether there is nothing to send for it: it is so already. */
export function isSettled(one: FieldDifference, take: Take): boolean {
  return take === "theirs" && one.status === "both";
}

/** The field's value in a PATCH; mine is what was `sent` and refused. */
export function patchValue(one: FieldDifference, take: Take, sent: Patch): unknown {
  if (take === "mine") return (sent as Record<string, unknown>)[one.field];
  const value = take === "before" ? one.before : one.now;
  if (one.field === "hours") {
    const text = (value as { text?: string | null } | null)?.text;
    return text ? { text } : null;
  }
  return value;
}
