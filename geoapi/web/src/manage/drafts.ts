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
