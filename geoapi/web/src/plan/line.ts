/**
 * The service works out planners' questions one at a time, and so does this page ask them: the important ones
 * first, and none that nobody waits for any more.
 */
export class Line {
  #busy = false;
  #waiting: { priority: number; start: () => void }[] = [];

  /** Runs `work` when its turn comes, lower priorities first. Rejects with the signal's reason once aborted. */
  async turn<T>(priority: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#enter(priority, signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#busy = false;
      this.#next();
    }
  }

  #enter(priority: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const one = { priority, start: resolve };
      const leave = (): void => {
        if (!this.#waiting.includes(one)) return;
        this.#waiting = this.#waiting.filter((other) => other !== one);
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(one);
      this.#next();
    });
  }

  #next(): void {
    if (this.#busy || !this.#waiting.length) return;
    this.#waiting.sort((one, other) => one.priority - other.priority);
    this.#busy = true;
    this.#waiting.shift()!.start();
  }
}
