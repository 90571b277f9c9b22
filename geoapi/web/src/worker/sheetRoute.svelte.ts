/** Which station's sheet is open: the page's address says it, `#station/12`, so that it can be shared. */

const HASH = /^#station\/([1-9]\d{0,18})$/;

function read(): string | null {
  return HASH.exec(location.hash)?.[1] ?? null;
}

class SheetRoute {
  #station = $state(read());

  constructor() {
    addEventListener("popstate", () => (this.#station = read()));
    addEventListener("hashchange", () => (this.#station = read()));
  }

  get station(): string | null {
    return this.#station;
  }

  /** Opens a sheet; the back button closes it. */
  open(id: string): void {
    if (this.#station === id) return;
    history.pushState({ sheet: true }, "", hashOf(id));
    this.#station = id;
  }

  close(): void {
    if (this.#station === null) return;
    // back to the list, where it was opened from there; else this address becomes the list's
    if ((history.state as { sheet?: boolean } | null)?.sheet) history.back();
    else {
      history.replaceState(null, "", location.pathname + location.search);
      this.#station = null;
    }
  }
}

export const sheetRoute = new SheetRoute();

export function hashOf(id: string): string {
  return `#station/${id}`;
}

/** Opens the sheet of a link in this page, where the link is followed plainly; leaves it to the browser otherwise. */
export function follow(event: MouseEvent, id: string): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  sheetRoute.open(id);
}
