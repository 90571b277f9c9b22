/** A question to the service whose answer takes a while: what is known of it meanwhile. */
import { Refused } from "../api/client.ts";
import { Line } from "./line.ts";

const line = new Line();
/** How long to wait where the service is busy and does not say. */
const WAIT_S = 5;

export class Asked<T> {
  /** The last answer; of an earlier question while `waiting`. */
  data = $state.raw<T | null>(null);
  waiting = $state(false);
  /** The service is busy: so many seconds until it is asked again; 0 if it is not. */
  againIn = $state(0);
  error = $state.raw<unknown>(null);
  #asked: string | null = null;
  #work: ((signal: AbortSignal) => Promise<T>) | null = null;
  #controller: AbortController | null = null;
  readonly #priority: number;

  /** Of several that wait, those with a lower `priority` are asked first. */
  constructor(priority: number) {
    this.#priority = priority;
  }

  /** What is shown is of an earlier question. */
  get old(): boolean {
    return this.waiting && this.data !== null;
  }

  /**
   * Ask, unless `key` is what was asked last. An earlier question that is not answered yet is taken back.
   * `afterMs` leaves somebody who runs over the hours with a key the time to arrive.
   */
  ask(key: string, work: (signal: AbortSignal) => Promise<T>, afterMs = 0): void {
    if (key === this.#asked) return;
    this.#asked = key;
    this.#work = work;
    this.again(afterMs);
  }

  /** Ask the same once more. */
  again(afterMs = 0): void {
    const work = this.#work;
    if (!work) return;
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    this.waiting = true;
    this.error = null;
    this.againIn = 0;
    void this.#answer(work, controller.signal, afterMs);
  }

  /** Forget question and answer. */
  drop(): void {
    this.#controller?.abort();
    this.#asked = this.#work = this.#controller = null;
    this.data = null;
    this.waiting = false;
    this.error = null;
    this.againIn = 0;
  }

  async #answer(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    afterMs: number,
  ): Promise<void> {
    if (afterMs) await new Promise((resolve) => setTimeout(resolve, afterMs));
    for (;;) {
      try {
        const data = await line.turn(this.#priority, signal, () => work(signal));
        if (signal.aborted) return;
        this.data = data;
        this.waiting = false;
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Refused && error.status === 503)) {
          this.data = null;
          this.error = error;
          this.waiting = false;
          return;
        }
        await this.#pause(error.retryAfterS ?? WAIT_S, signal);
        if (signal.aborted) return;
      }
    }
  }

  async #pause(seconds: number, signal: AbortSignal): Promise<void> {
    for (let left = Math.ceil(seconds); left > 0 && !signal.aborted; left -= 1) {
      this.againIn = left;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    if (!signal.aborted) this.againIn = 0;
  }
}
