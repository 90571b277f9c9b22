/** The names of kinds and amenities, as the service has them: a new one is a row in its table. */
import { answered, api } from "../api/client.ts";
import { named } from "../ui/language.svelte.ts";
import { kept } from "./kept.svelte.ts";
import type { Word } from "./types.ts";

class Words {
  kinds = $state.raw<readonly Word[]>([]);
  amenities = $state.raw<readonly Word[]>([]);

  /** Asks the service; what is there stays where it does not answer. */
  async load(): Promise<void> {
    try {
      const [kinds, amenities] = await Promise.all([
        answered(api.GET("/v1/kinds")),
        answered(api.GET("/v1/amenities")),
      ]);
      this.take(kinds.items, amenities.items);
    } catch {
      // without a network they are those of what the phone keeps; a list without words is a list all the same
      const own = await kept.words();
      if (own) this.take(own.kinds, own.amenities);
    }
  }

  take(kinds: readonly Word[], amenities: readonly Word[]): void {
    this.kinds = kinds;
    this.amenities = amenities;
  }

  kind(code: string): string {
    return nameIn(this.kinds, code);
  }

  amenity(code: string): string {
    return nameIn(this.amenities, code);
  }
}

export const words = new Words();

function nameIn(list: readonly Word[], code: string): string {
  const word = list.find((one) => one.code === code);
  return word ? named(word) : code.replaceAll("_", " ");
}
