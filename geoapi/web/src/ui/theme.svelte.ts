/** Light or dark: as the device has it, until somebody chooses. */
import { remembered } from "./remembered.ts";

export type Theme = "light" | "dark";
export type ThemeChoice = Theme | "system";

const stored = remembered<ThemeChoice>("theme", "system", (value) =>
  ["light", "dark", "system"].includes(value as string),
);
const dark = matchMedia("(prefers-color-scheme: dark)");

class Choice {
  #choice = $state<ThemeChoice>(stored.read());
  #systemDark = $state(dark.matches);

  constructor() {
    dark.addEventListener("change", (event) => {
      this.#systemDark = event.matches;
      this.#mark();
    });
    this.#mark();
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  set choice(choice: ThemeChoice) {
    this.#choice = choice;
    stored.write(choice);
    this.#mark();
  }

  /** What is shown: for whatever has to be told, as the map has. */
  get current(): Theme {
    if (this.#choice !== "system") return this.#choice;
    return this.#systemDark ? "dark" : "light";
  }

  #mark(): void {
    document.documentElement.dataset.theme = this.current;
  }
}

export const theme = new Choice();
