/** Asks which stations are nearest, of the service first, and holds what was answered last. */
import { Refused, answered, api } from "../api/client.ts";
import type { Refusal } from "../offline/refused.ts";
import { kept } from "./kept.svelte.ts";
import { metresBetween } from "./place.svelte.ts";
import type { NearestAnswer, Question } from "./types.ts";
import { within } from "./within.ts";

export interface Told {
  answer: NearestAnswer;
  question: Question;
  /** When it was asked. */
  at: Date;
  /** Of when the data are where the phone answered from what it keeps; null where the service answered. */
  keptSince: Date | null;
}

// a phone that keeps data answers by itself when the service has taken so long
const PATIENCE_MS = 3_500;
const GIVE_UP_MS = 25_000;
// an answer for a place so near is still worth showing where there is no newer one
const NEAR_M = 300;

class NearestStations {
  told = $state.raw<Told | null>(null);
  error = $state.raw<unknown>(null);
  /** Why the phone could not answer in the service's place. */
  refused = $state.raw<Refusal | null>(null);
  loading = $state(false);
  /** The service has been asked and has not answered yet, whatever the phone has said meanwhile. */
  waiting = $state(false);
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
    this.waiting = true;
    const service = this.#askService(question, turn.signal);
    // it is waited for below, or not at all
    service.catch(() => undefined);
    try {
      const patience = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
      const first = navigator.onLine ? await Promise.race([service, patience]) : null;
      if (first) return this.#tell(turn, question, first, null);
      await this.#askPhone(question, turn);
      // it may answer yet, and what it says is newer
      this.#tell(turn, question, await service, null);
    } catch (error) {
      if (this.#latest !== turn) return;
      this.waiting = false;
      // the phone stands in for a service that is away or overrun, not for one that finds fault with the question
      const away = !(error instanceof Refused) || error.status >= 500 || error.status === 429;
      const answeredAlready = this.told?.keptSince && this.told.question === question;
      if (away && (answeredAlready || (await this.#askPhone(question, turn)))) return;
      if (this.#latest !== turn) return;
      // what was asked before is no answer to this
      if (this.told && !isAbout(this.told.question, question)) this.told = null;
      this.error = error;
      this.loading = false;
    }
  }

  /** Whether the phone had an answer, which is told then. */
  async #askPhone(question: Question, turn: AbortController): Promise<boolean> {
    const own = await kept.answer(question);
    if (this.#latest !== turn) return true;
    if (own && "answer" in own) this.#tell(turn, question, own.answer, own.since);
    else this.refused = own?.refused ?? null;
    return own !== null && "answer" in own;
  }

  #tell(turn: AbortController, question: Question, answer: NearestAnswer, keptSince: Date | null): void {
    if (this.#latest !== turn) return;
    this.told = { answer, question, at: new Date(), keptSince };
    if (!keptSince) this.waiting = false;
    this.error = null;
    this.refused = null;
    this.loading = false;
  }

  #askService(question: Question, signal: AbortSignal): Promise<NearestAnswer> {
    return answered(api.POST("/v1/stations/nearest", { body: question, signal: within(GIVE_UP_MS, signal) }));
  }
}

export const nearest = new NearestStations();

/** Whether an answer to one question says something of another: the same is looked for, from as good as there. */
function isAbout(one: Question, other: Question): boolean {
  const looked = (question: Question): string =>
    JSON.stringify({ ...question, lon: null, lat: null, lang: null });
  return looked(one) === looked(other) && metresBetween(one, other) < NEAR_M;
}
