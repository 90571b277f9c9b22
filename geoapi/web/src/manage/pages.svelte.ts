/** A list that the service gives page by page. */
interface Page {
  items: readonly unknown[];
  next_cursor: string | null;
}

export class Pages<P extends Page> {
  items = $state.raw<P["items"][number][]>([]);
  /** The latest page as it came: what it says beside its items. */
  page = $state.raw<P | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  readonly #ask: (cursor: string | undefined) => Promise<P>;
  #turn = 0;

  constructor(ask: (cursor: string | undefined) => Promise<P>) {
    this.#ask = ask;
  }

  get hasMore(): boolean {
    return Boolean(this.page?.next_cursor);
  }

  /** The list from its beginning; of several asked for at once the latest counts. */
  begin(): Promise<void> {
    return this.#read(undefined);
  }

  more(): Promise<void> {
    return this.#read(this.page?.next_cursor ?? undefined);
  }

  async #read(cursor: string | undefined): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    this.error = null;
    try {
      const page = await this.#ask(cursor);
      if (turn !== this.#turn) return;
      this.items = cursor === undefined ? [...page.items] : [...this.items, ...page.items];
      this.page = page;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}
