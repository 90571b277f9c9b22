/**
 * One station on one screen: as it is (`station`), what was typed and not saved (`edits`), and what they were
 * made of (`base`, at `version`). Nothing typed is lost: not by a reload, an ended session, a network that is
 * gone, or somebody else who saved first.
 */
import { api, Refused, type Schemas } from "../../api/client.ts";
import { language } from "../../ui/language.svelte.ts";
import { forgetDraft, keepDraft, keptDraft } from "../drafts.ts";
import { mayAt } from "../routes.ts";
import { asked, Intent, session, told, type Answer } from "../session.svelte.ts";
import {
  FIELDS,
  formOf,
  isSame,
  patchOf,
  type Edits,
  type Form,
  type FormField,
  type Patch,
  type Station,
} from "./form.ts";

export interface FieldDifference {
  field: string;
  label: { zh: string; en: string };
  status: "same" | "theirs" | "yours" | "both";
  before: unknown;
  now: unknown;
  yours: unknown;
  changed_by: string | null;
  changed_at: string | null;
}

export interface Clash {
  current: Station;
  difference: FieldDifference[];
}

interface Draft {
  account: string;
  version: number;
  base: Form;
  edits: Edits;
  reason: string;
  effectiveOn: string;
}

export class Desk {
  readonly id: string;
  station = $state.raw<Station | null>(null);
  /** The station as workers see it. */
  seen = $state.raw<Schemas["Station"] | null>(null);
  edits = $state.raw<Edits>({});
  reason = $state("");
  /** From which day on; now where it is empty. */
  effectiveOn = $state("");
  loadError = $state.raw<unknown>(null);
  saveError = $state.raw<unknown>(null);
  saving = $state(false);
  clash = $state.raw<Clash | null>(null);
  /** Told in a word after something was done. */
  done = $state.raw<{ words: string; sentence: boolean } | null>(null);
  /** Counts what changed at the station, for whoever shows something beside it. */
  changes = $state(0);
  restored = $state(false);
  #base = $state.raw<Form | null>(null);
  /** What was sent last. */
  sent: Patch = {};
  #version = 0;

  constructor(id: string) {
    this.id = id;
  }

  get base(): Form {
    return this.#base!;
  }

  get dirty(): FormField[] {
    return FIELDS.filter((field) => field in this.edits);
  }

  /** Whether changes are offered here: somebody may edit the one station and only look at another. */
  get mayEdit(): boolean {
    return (
      session.me !== null &&
      this.station !== null &&
      mayAt(session.me, "edit_station", this.station.organisation) &&
      this.station.retired_at === null
    );
  }

  value<F extends FormField>(field: F): Form[F] {
    const edited = this.edits[field];
    return (edited !== undefined ? edited : this.base[field]) as Form[F];
  }

  set<F extends FormField>(field: F, value: Form[F]): void {
    const rest = without(this.edits, field);
    this.edits = isSame(field, value, this.base[field]) ? rest : { ...rest, [field]: value };
    this.keep();
  }

  undo(field: FormField): void {
    this.edits = without(this.edits, field);
    this.keep();
  }

  discard(): void {
    this.edits = {};
    this.reason = "";
    this.effectiveOn = "";
    this.saveError = null;
    this.restored = false;
    this.keep();
    if (this.station) this.#adopt(this.station);
  }

  async load(): Promise<void> {
    this.loadError = null;
    try {
      const { data } = await asked(() =>
        api.GET("/v1/manage/stations/{id}", {
          params: { path: { id: Number(this.id) }, query: { lang: language.current } },
        }),
      );
      if (this.#base === null) this.#restore(data);
      else this.adopt(data);
      this.changes += 1;
      void this.look();
    } catch (error) {
      this.loadError = error;
    }
  }

  /** What workers see now; left as it was where it cannot be asked. */
  async look(): Promise<void> {
    try {
      this.seen = await told(() =>
        api.GET("/v1/stations/{id}", {
          params: { path: { id: Number(this.id) }, query: { lang: language.current } },
        }),
      );
    } catch {
      // the station itself says what is wrong
    }
  }

  /**
   * The station is this now. What was typed stays: on top of it, where nobody else changed the same; else on
   * what it was made of, so that saving shows both.
   */
  adopt(station: Station): void {
    this.station = station;
    const now = formOf(station);
    const clashes = this.dirty.some((field) => !isSame(field, now[field], this.base[field]));
    if (!clashes) this.#adopt(station);
    this.keep();
  }

  #adopt(station: Station): void {
    const base = formOf(station);
    this.#base = base;
    this.#version = station.version;
    this.station = station;
    // what is so by now need not be asked for
    this.edits = Object.fromEntries(
      this.dirty
        .filter((field) => !isSame(field, this.edits[field]!, base[field]))
        .map((field) => [field, this.edits[field]]),
    );
  }

  /** Saves what was typed; `clash` is there afterwards where somebody else saved first. */
  async save(): Promise<void> {
    if (this.saving || this.dirty.length === 0) return;
    this.saving = true;
    this.saveError = null;
    try {
      await this.#patch(patchOf(this.edits), this.#version);
    } catch (error) {
      const clash = clashOf(error);
      if (clash) this.#meet(clash);
      else this.saveError = error;
    } finally {
      this.saving = false;
    }
  }

  /** Saves what was chosen of a clash on top of the station as it is; true where it is saved. */
  async settle(chosen: Patch): Promise<boolean> {
    const clash = this.clash;
    if (!clash || this.saving) return false;
    this.saving = true;
    this.saveError = null;
    try {
      if (Object.keys(chosen).length === 0) {
        this.clash = null;
        this.edits = {};
        this.#adopt(clash.current);
        this.#finished();
      } else await this.#patch(chosen, clash.current.version);
      this.clash = null;
      return true;
    } catch (error) {
      const again = clashOf(error);
      if (again) this.clash = again;
      else this.saveError = error;
      return false;
    } finally {
      this.saving = false;
    }
  }

  async #patch(patch: Patch, version: number): Promise<void> {
    this.sent = patch;
    const body = {
      ...patch,
      ...(this.reason.trim() && { reason: this.reason.trim() }),
      ...(this.effectiveOn && { effective_on: this.effectiveOn }),
    };
    const { data, response } = await asked(() =>
      api.PATCH("/v1/stations/{id}", {
        params: {
          path: { id: Number(this.id) },
          query: { lang: language.current },
          header: { "If-Match": `"${version}"` },
        },
        body,
      }),
    );
    const planned = response.status === 202 && this.effectiveOn !== "";
    this.edits = {};
    this.#adopt(data);
    this.#finished(planned ? "planned" : "saved");
  }

  #finished(how: "saved" | "planned" | "kept" = "kept"): void {
    const on = this.effectiveOn;
    this.reason = "";
    this.effectiveOn = "";
    this.restored = false;
    this.keep();
    this.changes += 1;
    this.done = { words: how === "planned" ? `planned ${on}` : how, sentence: true };
    void this.look();
  }

  #meet(clash: Clash): void {
    // all that was wanted is so already: an answer that was lost on its way
    if (clash.difference.every((one) => one.status === "same" || one.status === "theirs")) {
      const mine = clash.difference.filter((one) => one.status === "same");
      if (mine.length >= this.dirty.length) {
        this.edits = {};
        this.#adopt(clash.current);
        this.#finished("saved");
        return;
      }
    }
    this.clash = clash;
  }

  /** Does something at once (a closure, an outage …), then shows the station as it is. */
  async act<T>(
    intent: Intent,
    body: unknown,
    call: (key: string) => Promise<Answer<T>>,
    words: string,
  ): Promise<T> {
    const data = await intent.send(body, call);
    this.done = { words, sentence: true };
    await this.load();
    return data;
  }

  keep(): void {
    if (this.dirty.length === 0) return forgetDraft(this.id);
    const draft: Draft = {
      account: session.me?.id ?? "",
      version: this.#version,
      base: this.base,
      edits: this.edits,
      reason: this.reason,
      effectiveOn: this.effectiveOn,
    };
    keepDraft(this.id, draft);
  }

  #restore(station: Station): void {
    const draft = keptDraft(this.id, isDraft);
    if (!draft || draft.account !== session.me?.id) return this.#adopt(station);
    this.#base = draft.base;
    this.#version = draft.version;
    this.edits = draft.edits;
    this.reason = draft.reason;
    this.effectiveOn = draft.effectiveOn;
    this.restored = true;
    this.adopt(station);
  }
}

function without(edits: Edits, field: FormField): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([name]) => name !== field));
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== "object" || value === null) return false;
  const { account, version, base, edits } = value as Partial<Draft>;
  return (
    typeof account === "string" &&
    typeof version === "number" &&
    typeof base === "object" &&
    FIELDS.every((field) => field in base) &&
    typeof edits === "object"
  );
}

function clashOf(error: unknown): Clash | null {
  if (!(error instanceof Refused) || error.status !== 412 || !error.problem) return null;
  const { current, difference } = error.problem as Partial<Clash>;
  return current && difference ? { current, difference } : null;
}
