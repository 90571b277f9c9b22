/** What somebody typed and has not saved: kept in this tab over a reload, gone when they sign out. */
const PREFIX = "geoapi.draft.";

export function keepDraft(name: string, draft: unknown): void {
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(draft));
  } catch {
    // the page itself still has it
  }
}

/** The draft, or null where there is none or it is not `valid` (an older version's). */
export function keptDraft<T>(name: string, valid: (value: unknown) => value is T): T | null {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null");
    return valid(value) ? value : null;
  } catch {
    return null;
  }
}

/** What a form of plain fields holds. */
type Plain = Record<string, string | string[]>;

/** A form as `account` left it unfinished in this tab, else a copy of `empty`. */
export function unfinished<T extends Plain>(name: string, account: string, empty: T): T {
  const kept = keptDraft(
    name,
    (value): value is { account: string; form: T } =>
      (value as { account?: unknown } | null)?.account === account &&
      Object.entries(empty).every(([field, plain]) =>
        isLike((value as { form?: Record<string, unknown> }).form?.[field], plain),
      ),
  );
  return structuredClone(kept?.form ?? empty);
}

/** Keeps a form as it is now, for `unfinished`; of one as `empty` as at first nothing. */
export function keepUnfinished<T extends Plain>(name: string, account: string, form: T, empty: T): void {
  if (isSame(form, empty)) forgetDraft(name);
  else keepDraft(name, { account, form });
}

/** Whether two forms hold the same. */
export function isSame<T extends Plain>(one: T, other: T): boolean {
  return Object.keys(other).every((field) => JSON.stringify(one[field]) === JSON.stringify(other[field]));
}

function isLike(value: unknown, plain: string | string[]): boolean {
  if (!Array.isArray(plain)) return typeof value === "string";
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

export function forgetDraft(name: string): void {
  try {
    sessionStorage.removeItem(PREFIX + name);
  } catch {
    // nothing was kept
  }
}

export function forgetDrafts(): void {
  try {
    const names = Array.from({ length: sessionStorage.length }, (_, n) => sessionStorage.key(n) ?? "");
    for (const name of names) if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
  } catch {
    // nothing was kept
  }
}
