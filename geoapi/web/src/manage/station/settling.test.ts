import { expect, test } from "vitest";
import { patchValue, safeChoices, isSettled } from "./clash.ts";
import type { FieldDifference } from "./desk.svelte.ts";
import { putBack } from "./undo.ts";

function differing(field: string, status: FieldDifference["status"], more: object = {}): FieldDifference {
  const label = { zh: field, en: field };
  return {
    field,
    label,
    status,
    before: "was",
    now: "is",
    yours: "mine",
    changed_by: "王芳",
    changed_at: null,
    ...more,
  };
}

test("what is chosen beforehand overwrites nobody, and keeps what nobody else touched", () => {
  const difference = [
    differing("phone", "both"),
    differing("address", "yours"),
    differing("name", "theirs"),
    differing("access", "same"),
  ];
  expect(safeChoices(difference)).toEqual({ phone: "theirs", address: "mine" });
  expect(isSettled(difference[0]!, "theirs")).toBe(true);
  expect(isSettled(difference[0]!, "mine")).toBe(false);
});

test("a choice goes into the PATCH as a PATCH says it", () => {
  const hours = differing("hours", "both", { before: { text: "每天 9-17", week: [] }, now: null });
  expect(patchValue(hours, "before", {})).toEqual({ text: "每天 9-17" });
  expect(patchValue(hours, "theirs", {})).toBeNull();
  expect(patchValue(differing("phone", "both"), "mine", { phone: "010-1" })).toBe("010-1");
  expect(patchValue(differing("phone", "both"), "before", { phone: "010-1" })).toBe("was");
});

const change = (
  field: string,
  before: unknown,
  after: unknown,
): {
  field: string;
  label: string;
  before: unknown;
  after: unknown;
} => ({ field, label: field, before, after });

test("undoing puts back what that version changed, and says where it has changed again", () => {
  const history = [
    { version: 4, changes: [change("phone", "b", "c")] },
    { version: 3, changes: [change("name", "x", "y")] },
    { version: 2, changes: [change("phone", "a", "b"), change("address", "p", "q")] },
    { version: 1, changes: [change("phone", null, "a")] },
  ];
  expect(putBack(history, 2, "undo")).toEqual([
    { field: "phone", label: "phone", now: "c", then: "a", changedSince: true },
    { field: "address", label: "address", now: "q", then: "p", changedSince: false },
  ]);
});

test("going back to a version undoes all that came after it, and nothing of what is so already", () => {
  const history = [
    { version: 4, changes: [change("name", "y", "x")] },
    { version: 3, changes: [change("name", "x", "y"), change("phone", "b", "c")] },
    { version: 2, changes: [change("phone", "a", "b")] },
  ];
  expect(putBack(history, 2, "to")).toEqual([
    { field: "phone", label: "phone", now: "c", then: "b", changedSince: false },
  ]);
});
