/** Which files of a build a page needs, as Vite's manifest has it: for what a service worker keeps, and for budgets. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Chunk {
  file: string;
  imports?: string[];
  dynamicImports?: string[];
  css?: string[];
  assets?: string[];
}

/** The files that a page and all it may load are made of, without what only the modules in `without` bring. */
export function reachedFrom(page: string, folder: string, without: readonly string[]): Set<string> {
  const chunks = JSON.parse(readFileSync(join(folder, ".vite", "manifest.json"), "utf-8")) as Record<
    string,
    Chunk
  >;
  const files = new Set<string>();
  const passed = new Set<string>(without);
  const follow = (name: string): void => {
    const chunk = chunks[name];
    if (!chunk || passed.has(name)) return;
    passed.add(name);
    for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
    for (const other of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) follow(other);
  };
  follow(page);
  return files;
}
