/** The districts, by code, asked for once. */
import { answered, api, type Schemas } from "../../../api/client.ts";
import { named } from "../../../ui/language.svelte.ts";

class Districts {
  all = $state.raw<Schemas["District"][]>([]);
  #asked: Promise<void> | null = null;

  load(): Promise<void> {
    this.#asked ??= answered(api.GET("/v1/districts")).then(
      (page) => {
        this.all = page.items;
      },
      () => {
        this.#asked = null;
      },
    );
    return this.#asked;
  }

  /** Its code until the names are there. */
  name(code: string): string {
    const found = this.all.find((one) => one.code === code);
    return found ? named(found) : code;
  }
}

export const districts = new Districts();
