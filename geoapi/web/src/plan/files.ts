/** Files that the service makes of an answer: which one to ask for, and saving it. */
import { base, refusal, Unreachable } from "../api/client.ts";
import type { Planner } from "./planner.svelte.ts";
import { changesOf } from "./question.ts";

export const FORMATS = ["xlsx", "csv", "gpkg", "geojson"] as const;
export type Format = (typeof FORMATS)[number];
export type What = "coverage" | "week" | "gaps" | "sites" | "extensions" | "supply" | "targets" | "what_if";

/** A request, by its address relative to the service's; with a body it is a POST. */
export interface Request {
  readonly path: string;
  /** The file's name where the service gives none. */
  readonly name: string;
  readonly body?: unknown;
}

type Value = string | number | readonly string[] | undefined;

/** An address with its parameters; lists repeat the name. */
export function addressOf(path: string, query: Record<string, Value>): string {
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? (value as string[]) : [value])
      if (one !== undefined) told.append(name, String(one));
  return `${path}?${told}`;
}

/** The request for the figures on the page, as a file. */
export function exported(planner: Planner, what: What, format: Format): Request {
  const code = planner.area?.code ?? "";
  const asked = planner.asked();
  const at = planner.at ?? undefined;
  const week = { ...asked, week_of: planner.question.monday };
  const whole = planner.hour === "week";
  const name = `${what}-${code}.${format}`;
  const of = (resource: string, query: Record<string, Value>, place = code): Request => ({
    path: addressOf(`v1/districts/${encodeURIComponent(place)}/${resource}`, { ...query, format }),
    name,
  });
  switch (what) {
    case "week":
      return of("coverage", week);
    case "coverage":
      return of("coverage", whole ? week : { ...asked, at }, planner.ranked?.code);
    case "gaps":
      return of("gaps", { ...asked, at, limit: 10_000 });
    case "sites":
      return of("sites", { ...(whole ? week : { ...asked, at }), n: planner.proposed });
    case "extensions":
      return of("extensions", { ...week, n: planner.proposed });
    case "supply":
      return of("supply", { ...asked, at });
    case "targets":
      return of("targets", { kind: asked.kind, lang: asked.lang, at });
    case "what_if":
      return {
        path: "v1/coverage/what-if",
        name,
        body: {
          code,
          ...(whole ? week : { ...asked, at }),
          ...changesOf(planner.question.trials),
          format,
        },
      };
  }
}

/** The address of the report of what is on the page. */
export function reportOf(planner: Planner): string {
  return addressOf(`./v1/districts/${encodeURIComponent(planner.area?.code ?? "")}/coverage/report`, {
    ...planner.asked(),
    at: planner.at ?? undefined,
    week_of: planner.question.monday,
  });
}

/** Fetch a file and hand it to the browser; its name. Waits where the service is busy. */
export async function save(request: Request, signal: AbortSignal): Promise<string> {
  const response = await fetched(request, signal);
  const name = nameIn(response.headers.get("Content-Disposition")) ?? request.name;
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // the browser has taken it by then
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return name;
}

async function fetched({ path, body }: Request, signal: AbortSignal): Promise<Response> {
  for (;;) {
    let response: Response;
    try {
      response = await fetch(base + path, {
        signal,
        credentials: "same-origin",
        ...(body === undefined
          ? {}
          : {
              method: "POST",
              headers: { "Content-Type": "application/json" },
              body: JSON.stringify(body),
            }),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw new Unreachable(String(error));
    }
    if (response.ok) return response;
    const refused = refusal(response, await response.json().catch(() => null));
    if (refused.status !== 503 || refused.retryAfterS === null) throw refused;
    await new Promise((resolve) => setTimeout(resolve, refused.retryAfterS! * 1000));
    signal.throwIfAborted();
  }
}

/** The file's name in a Content-Disposition as the service writes it (RFC 6266). */
export function nameIn(disposition: string | null): string | null {
  const found = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "");
  return found ? decodeURIComponent(found[1]!) : null;
}
