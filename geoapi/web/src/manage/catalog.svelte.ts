/** Kinds and amenities by code, asked for once. */
import { answered, api, type Schemas } from "../api/client.ts";
import { named } from "../ui/language.svelte.ts";

class Catalog {
  kinds = $state.raw<Schemas["KindItem"][]>([]);
  amenities = $state.raw<Schemas["AmenityItem"][]>([]);
  #asked: Promise<void> | null = null;

  /** Loads what there is; names are codes until then, and where it fails. */
  load(): Promise<void> {
    this.#asked ??= Promise.all([answered(api.GET("/v1/kinds")), answered(api.GET("/v1/amenities"))]).then(
      ([kinds, amenities]) => {
        this.kinds = kinds.items;
        this.amenities = amenities.items;
      },
      () => {
        this.#asked = null;
      },
    );
    return this.#asked;
  }

  kind(code: string): string {
    const found = this.kinds.find((one) => one.code === code);
    return found ? named(found) : code;
  }

  amenity(code: string): string {
    const found = this.amenities.find((one) => one.code === code);
    return found ? named(found) : code;
  }
}

export const catalog = new Catalog();
