/** Chinese first, English by a switch. What users see is written as pairs, where it is used. */
import { remembered } from "./remembered.ts";

export type Language = "zh" | "en";

const stored = remembered<Language>("language", "zh", (value) => value === "zh" || value === "en");

class Choice {
  #current = $state<Language>(stored.read());

  get current(): Language {
    return this.#current;
  }

  set current(language: Language) {
    this.#current = language;
    stored.write(language);
    mark(language);
  }
}

/** The language of the page: reading it in a component or `$derived` follows the switch. */
export const language = new Choice();
mark(language.current);

/** One of the pair, by the language of the page. Chinese comes first, as everywhere. */
export function say(zh: string, en: string): string {
  return language.current === "en" ? en : zh;
}

/** Of something with a name in both languages, the one to show; the other where there is none. */
export function named(thing: { name_zh?: string | null; name_en?: string | null }): string {
  const [first, second] =
    language.current === "en" ? [thing.name_en, thing.name_zh] : [thing.name_zh, thing.name_en];
  return first || second || "";
}

function mark(language: Language): void {
  if (typeof document !== "undefined") document.documentElement.lang = language === "en" ? "en" : "zh-Hans";
}
