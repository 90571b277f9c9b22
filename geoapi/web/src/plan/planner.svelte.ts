/** The page's state: the question from its address, and what the service answered. */
import { answered, api, type Schemas } from "../api/client.ts";
import { language, named } from "../ui/language.svelte.ts";
import { Asked } from "./asked.svelte.ts";
import { changesOf, read, same, today, write, type Question, type Trial } from "./question.ts";

export type Coverage = Schemas["Coverage"];
export type WhatIf = Schemas["WhatIf"];
export type District = Schemas["District"];

export interface Catalog {
  readonly districts: District[];
  readonly kinds: Schemas["KindItem"][];
  readonly layers: Schemas["DemandLayer"][];
  readonly networks: Schemas["Network"][];
}

/** How many sites, and longer hours, are proposed. */
const PROPOSED = 8;
/** What depends on the hour waits for whoever runs over the hours. */
const ARRIVED_MS = 350;

/** What a what-if of this page never says otherwise. */
const DEFAULTS = {
  amenity: [],
  crs: "wgs84",
  week: false,
  remove: [],
  move: [],
  format: "json",
} satisfies Partial<Schemas["WhatIfParameters"]>;

export class Planner {
  question = $state.raw<Question>(read(location.hash, today()));
  readonly proposed = PROPOSED;
  readonly catalog = new Asked<Catalog>(0);
  /** The week of the area itself, and of the area whose parts are ranked where that is another. */
  readonly own = new Asked<Coverage>(0);
  readonly around = new Asked<Coverage>(2);
  readonly tried = new Asked<WhatIf>(0);
  readonly triedAround = new Asked<WhatIf>(2);
  readonly sites = new Asked<Schemas["Sites"]>(4);
  readonly extensions = new Asked<Schemas["Extensions"]>(5);
  readonly distances = new Asked<Schemas["DistanceDistribution"]>(6);
  readonly targets = new Asked<Schemas["Targets"]>(7);
  readonly supply = new Asked<Schemas["SupplyAnswer"]>(8);
  /** Stations whose hours are tried, by id. */
  readonly known = $state<Record<string, Schemas["Station"]>>({});

  /** The station that other hours are to be given to. */
  chosen = $state<string | null>(null);
  /** The next tap on the map places a station. */
  placing = $state(false);

  readonly area = $derived.by(() => {
    const districts = this.catalog.data?.districts ?? [];
    const { area } = this.question;
    return area === null
      ? (districts.find((one) => one.level === "city") ?? districts[0] ?? null)
      : (districts.find((one) => one.code === area) ?? null);
  });
  /** Whose parts are ranked: the area's own or, where it has none, those beside it. */
  readonly ranked = $derived.by(() => {
    const districts = this.catalog.data?.districts ?? [];
    const area = this.area;
    if (!area || districts.some((one) => one.parent_code === area.code)) return area;
    return districts.find((one) => one.code === area.parent_code) ?? area;
  });
  /** The hour that is looked at, or the whole week. */
  readonly hour = $derived.by((): number | "week" =>
    this.question.hour === "worst" ? this.worst : this.question.hour,
  );
  /** The worst hour of the week, as it is now. */
  readonly worst = $derived.by(() => {
    const worst = this.own.data?.worst_hour?.at;
    return Math.max(0, this.own.data?.hours?.findIndex((one) => one === worst) ?? 0);
  });
  /** The one hour that maps and distances are of: of a whole week its worst. */
  readonly moment = $derived(this.hour === "week" ? this.worst : this.hour);
  /** That hour as the service writes times; null until it is known. */
  readonly at = $derived(this.own.waiting ? null : (this.own.data?.hours?.[this.moment] ?? null));

  /** Follow the address, and ask what it asks. Call once, from the page. */
  follow(): void {
    $effect(() => {
      const reread = (): void => {
        this.question = read(location.hash, today());
      };
      addEventListener("popstate", reread);
      addEventListener("hashchange", reread);
      return () => {
        removeEventListener("popstate", reread);
        removeEventListener("hashchange", reread);
      };
    });
    this.catalog.ask("", fetchCatalog);
    $effect(() => this.#askWeeks());
    $effect(() => this.#askHour());
    $effect(() => this.#askStations());
  }

  /** Ask something else; `quietly` without a step for the browser's Back, as while an hour is looked for. */
  go(change: Partial<Question>, quietly = false): void {
    const question = { ...this.question, ...change };
    const address = write(question);
    if (address === write(this.question)) return;
    this.question = question;
    if (quietly) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  }

  /** Try a change, in place of an earlier one of the same thing. */
  try(trial: Trial): void {
    const at = this.question.trials.findIndex((one) => same(one, trial));
    const trials = [...this.question.trials];
    trials.splice(at < 0 ? trials.length : at, at < 0 ? 0 : 1, trial);
    this.go({ trials });
  }

  /** Try several changes at once. */
  tryAll(trials: readonly Trial[]): void {
    const others = trials.filter((one) => !this.isTried(one));
    this.go({ trials: [...this.question.trials, ...others] });
  }

  /** Put another change in the place of one. */
  retry(index: number, trial: Trial): void {
    this.go({ trials: this.question.trials.map((one, at) => (at === index ? trial : one)) });
  }

  undo(index: number): void {
    this.go({ trials: this.question.trials.filter((_, at) => at !== index) });
  }

  isTried(trial: Trial): boolean {
    return this.question.trials.some((one) => same(one, trial));
  }

  /** A district's name in the language of the page. */
  nameOf(code: string, otherwise = code): string {
    const district = this.catalog.data?.districts.find((one) => one.code === code);
    return district ? named(district) : otherwise;
  }

  /** A station in full, asked about once. */
  async station(id: string): Promise<Schemas["Station"]> {
    const station =
      this.known[id] ??
      (await answered(
        api.GET("/v1/stations/{id}", {
          params: { path: { id: Number(id) }, query: { lang: language.current } },
        }),
      ));
    this.known[id] = station;
    return station;
  }

  /** Choose a station to give other hours to. */
  async choose(id: string): Promise<void> {
    await this.station(id);
    this.chosen = id;
  }

  /** What every question of this page has, for the service. */
  asked(): {
    kind: string[];
    within: string;
    model: "straight" | "walk";
    demand?: string;
    lang: "zh" | "en";
  } {
    const { kinds, within, model, layer } = this.question;
    return {
      kind: [...kinds],
      within,
      model,
      ...(layer ? { demand: layer } : {}),
      lang: language.current,
    };
  }

  /** What the weeks' answers depend on; the trials apart. */
  readonly #week = $derived.by(() => {
    const { kinds, within, model, layer, monday } = this.question;
    return JSON.stringify([kinds, within, model, layer, monday]);
  });

  #askWeeks(): void {
    const [area, ranked] = [this.area, this.ranked];
    if (!area || !ranked) return;
    const { monday, trials } = this.question;
    const query = { ...this.asked(), week_of: monday };
    const coverage = (code: string) => (signal: AbortSignal) =>
      answered(
        api.GET("/v1/districts/{code}/coverage", { params: { path: { code }, query }, signal }),
      ) as Promise<Coverage>;
    const whatIf = (code: string) => (signal: AbortSignal) =>
      answered(
        api.POST("/v1/coverage/what-if", {
          body: { ...DEFAULTS, code, ...query, ...changesOf(trials) },
          signal,
        }),
      ) as Promise<WhatIf>;
    this.own.ask(area.code + this.#week, coverage(area.code));
    this.extensions.ask(
      area.code + this.#week + language.current,
      (signal) =>
        answered(
          api.GET("/v1/districts/{code}/extensions", {
            params: { path: { code: area.code }, query: { ...query, n: this.proposed } },
            signal,
          }),
        ) as Promise<Schemas["Extensions"]>,
    );
    const elsewhere = ranked.code !== area.code;
    if (elsewhere) this.around.ask(ranked.code + this.#week, coverage(ranked.code));
    else this.around.drop();
    const changes = JSON.stringify(trials);
    if (trials.length) this.tried.ask(area.code + this.#week + changes, whatIf(area.code));
    else this.tried.drop();
    if (trials.length && elsewhere)
      this.triedAround.ask(ranked.code + this.#week + changes, whatIf(ranked.code));
    else this.triedAround.drop();
  }

  #askHour(): void {
    const [area, at] = [this.area, this.at];
    if (!area || !at) return;
    const path = { code: area.code };
    const query = { ...this.asked(), at };
    const key = area.code + this.#week + at;
    const whole = this.hour === "week";
    this.sites.ask(
      key + String(whole),
      (signal) => {
        const when = whole ? { ...this.asked(), week_of: this.question.monday } : query;
        return answered(
          api.GET("/v1/districts/{code}/sites", {
            params: { path, query: { ...when, n: this.proposed } },
            signal,
          }),
        ) as Promise<Schemas["Sites"]>;
      },
      ARRIVED_MS,
    );
    this.distances.ask(
      key,
      (signal) =>
        answered(api.GET("/v1/districts/{code}/distances", { params: { path, query }, signal })) as Promise<
          Schemas["DistanceDistribution"]
        >,
      ARRIVED_MS,
    );
    this.supply.ask(
      key,
      (signal) =>
        answered(api.GET("/v1/districts/{code}/supply", { params: { path, query }, signal })) as Promise<
          Schemas["SupplyAnswer"]
        >,
      ARRIVED_MS,
    );
    this.targets.ask(
      key,
      (signal) =>
        answered(
          api.GET("/v1/districts/{code}/targets", {
            params: { path, query: { kind: query.kind, at, lang: query.lang } },
            signal,
          }),
        ) as Promise<Schemas["Targets"]>,
      ARRIVED_MS,
    );
  }

  #askStations(): void {
    for (const one of this.question.trials)
      if (one.kind === "hours" && !(one.id in this.known)) this.station(one.id).catch(() => undefined);
  }
}

/** What a trial is marked with, on the map and in the list: A, B, C … */
export function signOf(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1);
}

async function fetchCatalog(signal: AbortSignal): Promise<Catalog> {
  const [districts, kinds, layers, networks] = await Promise.all([
    answered(api.GET("/v1/districts", { signal })),
    answered(api.GET("/v1/kinds", { signal })),
    answered(api.GET("/v1/demand-layers", { signal })),
    answered(api.GET("/v1/networks", { signal })),
  ]);
  return {
    districts: districts.items,
    kinds: kinds.items,
    layers: layers.items,
    networks: networks.items,
  };
}

export const planner = new Planner();
