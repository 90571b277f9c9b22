/** What somebody chose last, kept on the phone alone. Where they were is not among it. */
import { remembered } from "../ui/remembered.ts";

/** Open when I get there, open now (or at the time chosen), whatever the hours. */
export type Mode = "arrival" | "at" | "any";
/** Which data to keep for when there is no network: of the district I am in, of its whole city, none. */
export type Kept = "district" | "city" | "none";

const MODES: readonly unknown[] = ["arrival", "at", "any"] satisfies Mode[];
const KEPT: readonly unknown[] = ["district", "city", "none"] satisfies Kept[];

const isCodes = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= 50 && value.every((one) => typeof one === "string");

const stored = {
  kinds: remembered<string[]>("worker.kinds", [], isCodes),
  amenities: remembered<string[]>("worker.amenities", [], isCodes),
  mode: remembered<Mode>("worker.mode", "arrival", (value) => MODES.includes(value)),
  kept: remembered<Kept>("worker.offline", "district", (value) => KEPT.includes(value)),
};

class Choices {
  #kinds = $state.raw(stored.kinds.read());
  #amenities = $state.raw(stored.amenities.read());
  #mode = $state(stored.mode.read());
  #kept = $state(stored.kept.read());
  /** A later time to set out, for this visit alone: null is now. */
  later = $state.raw<Date | null>(null);

  /** Any of these; none chosen is all. */
  get kinds(): readonly string[] {
    return this.#kinds;
  }

  /** All of these. */
  get amenities(): readonly string[] {
    return this.#amenities;
  }

  get mode(): Mode {
    return this.#mode;
  }

  set mode(mode: Mode) {
    this.#mode = mode;
    stored.mode.write(mode);
  }

  get kept(): Kept {
    return this.#kept;
  }

  set kept(kept: Kept) {
    this.#kept = kept;
    stored.kept.write(kept);
  }

  setKinds(codes: string[]): void {
    this.#kinds = codes;
    stored.kinds.write(codes);
  }

  setAmenities(codes: string[]): void {
    this.#amenities = codes;
    stored.amenities.write(codes);
  }

  toggleKind(code: string): void {
    this.setKinds(toggled(this.#kinds, code));
  }

  toggleAmenity(code: string): void {
    this.setAmenities(toggled(this.#amenities, code));
  }
}

export const choices = new Choices();

function toggled(codes: readonly string[], code: string): string[] {
  return codes.includes(code) ? codes.filter((one) => one !== code) : [...codes, code];
}
