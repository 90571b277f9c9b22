/**
 * The service's client, typed by its own OpenAPI document (`npm run schema` writes schema.d.ts).
 *
 * Every call goes to where the page came from. A position goes into the body of a POST and nowhere else.
 */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

/** The address that all others are relative to, with its closing slash. */
export const base: string = new URL("./", document.baseURI).href;

export const api = createClient<paths>({
  baseUrl: base.replace(/\/$/, ""),
  credentials: "same-origin",
});

/** What went wrong, as the service said it or, where it did not answer, as far as the browser knows. */
export class Refused extends Error {
  readonly status: number;
  readonly problem: Problem | null;
  /** After how many seconds to ask again, where the service says so (503, 429). */
  readonly retryAfterS: number | null;

  constructor(status: number, problem: Problem | null, retryAfterS: number | null = null) {
    super(problem?.detail ?? problem?.title ?? `HTTP ${status}`);
    this.name = "Refused";
    this.status = status;
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }
}

/** The service could not be asked at all: no network, or it is down. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of a call of `api`; raises `Refused` or `Unreachable`. */
export async function answered<T>(call: Promise<Answered<T>>): Promise<T> {
  return (await withResponse(call)).data;
}

/** The data and the response (its ETag, say) of a call of `api`; raises `Refused` or `Unreachable`. */
export async function withResponse<T>(call: Promise<Answered<T>>): Promise<{ data: T; response: Response }> {
  let answer: Answered<T>;
  try {
    answer = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable(String(error));
  }
  if (!answer.response.ok) throw refusal(answer.response, answer.error);
  return { data: answer.data as T, response: answer.response };
}

/** What an answer that is none says. */
export function refusal(response: Response, error: unknown): Refused {
  const after = Number(response.headers.get("Retry-After") ?? NaN);
  return new Refused(response.status, problemOf(error), Number.isFinite(after) ? after : null);
}

function problemOf(error: unknown): Problem | null {
  return typeof error === "object" && error !== null && "title" in error ? (error as Problem) : null;
}
