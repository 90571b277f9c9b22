/** Asks which stations are nearest, of the service first, and holds what was answered last. */
import { Refused, answered, api } from "../api/client.ts";
import type { Refusal } from "../offline/refused.ts";
import { kept } from "./kept.svelte.ts";
import type { NearestAnswer, Question } from "./types.ts";
import { within } from "./within.ts";

export interface Told {
  answer: NearestAnswer;
  /** When it was asked. */
  at: Date;
  /** Of when the data are where the phone answered from what it keeps; null where the service answered. */
  keptSince: Date | null;
}

// a phone that keeps data answers by itself when the service has taken so long
const PATIENCE_MS = 3_500;
const GIVE_UP_MS = 25_000;

class NearestStations {
  told = $state.raw<Told | null>(null);
  error = $state.raw<unknown>(null);
  /** Why the phone could not answer in the service's place. */
  refused = $state.raw<Refusal | null>(null);
  loading = $state(false);
  #latest: AbortController | null = null;

  /**
   * Asks; a question that is still open is dropped. Never throws: what went wrong is in `error`. `quiet`: the same
   * again after a while, of which nothing is said but what has changed.
   */
  async ask(question: Question, { quiet = false }: { quiet?: boolean } = {}): Promise<void> {
    this.#latest?.abort();
    const turn = new AbortController();
    this.#latest = turn;
    if (!quiet) this.loading = true;
    const service = this.#askService(question, turn.signal);
    // it is waited for below, or not at all
    service.catch(() => undefined);
    try {
      const patience = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
      const first = navigator.onLine ? await Promise.race([service, patience]) : null;
      if (first) return this.#tell(turn, first, null);
      if (await this.#askPhone(question, turn)) this.loading = false;
      // it may answer yet, and what it says is newer
      this.#tell(turn, await service, null);
    } catch (error) {
      if (this.#latest !== turn) return;
      const mayBeKept = !(error instanceof Refused) || error.status >= 500;
      if (this.told?.keptSince && mayBeKept && !this.loading) return;
      if (mayBeKept && (await this.#askPhone(question, turn))) return;
      if (this.#latest !== turn) return;
      this.error = error;
      this.loading = false;
    }
  }

  /** Whether the phone had an answer, which is told then. */
  async #askPhone(question: Question, turn: AbortController): Promise<boolean> {
    const own = await kept.answer(question);
    if (this.#latest !== turn) return true;
    if (own && "answer" in own) this.#tell(turn, own.answer, own.since);
    else this.refused = own?.refused ?? null;
    return own !== null && "answer" in own;
  }

  #tell(turn: AbortController, answer: NearestAnswer, keptSince: Date | null): void {
    if (this.#latest !== turn) return;
    this.told = { answer, at: new Date(), keptSince };
    this.error = null;
    this.refused = null;
    this.loading = false;
  }

  #askService(question: Question, signal: AbortSignal): Promise<NearestAnswer> {
    return answered(api.POST("/v1/stations/nearest", { body: question, signal: within(GIVE_UP_MS, signal) }));
  }
}

export const nearest = new NearestStations();
