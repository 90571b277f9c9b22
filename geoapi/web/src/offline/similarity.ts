/** How alike words are by the trigrams they share: PostgreSQL's pg_trgm, its `word_similarity`. */

/** The trigrams of a text's words in their order; words are letters and digits, padded as pg_trgm pads them. */
export function trigramsOf(text: string): string[] {
  const trigrams: string[] = [];
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    const chars = ["", " ", ...word, " "];
    chars[0] = " ";
    for (let i = 0; i + 2 < chars.length; i++) trigrams.push(chars[i]! + chars[i + 1]! + chars[i + 2]!);
  }
  return trigrams;
}

/**
 * The greatest similarity between the set of the first text's trigrams and any continuous extent of the second's.
 *
 * A port of `iterate_word_similarity`, single precision included: what is found here and there is the same.
 */
export function wordSimilarity(asked: readonly string[], ordered: readonly string[]): number {
  const wanted = new Set(asked);
  const numbers = new Map<string, number>();
  const found: boolean[] = [];
  const indexes = ordered.map((trigram) => {
    let number = numbers.get(trigram);
    if (number === undefined) {
      number = found.push(wanted.has(trigram)) - 1;
      numbers.set(trigram, number);
    }
    return number;
  });
  const lastAt = new Int32Array(found.length).fill(-1);
  const similarity = (count: number, different: number): number =>
    Math.fround(Math.fround(count) / Math.fround(wanted.size + different - count));
  let most = 0;
  let lower = -1;
  let different = 0;
  let count = 0;
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i]!;
    if (lower >= 0 || found[index]) {
      if (lastAt[index]! < 0) {
        different++;
        if (found[index]) count++;
      }
      lastAt[index] = i;
    }
    if (!found[index]) continue;
    if (lower === -1) {
      lower = i;
      different = 1;
    }
    let current = similarity(count, different);
    let [lessCount, lessDifferent] = [count, different];
    const before = lower;
    for (let low = lower; low <= i; low++) {
      const other = similarity(lessCount, lessDifferent);
      if (other > current) {
        current = other;
        [lower, count, different] = [low, lessCount, lessDifferent];
      }
      const leaving = indexes[low]!;
      if (lastAt[leaving] === low) {
        lessDifferent--;
        if (found[leaving]) lessCount--;
      }
    }
    most = Math.max(most, current);
    for (let low = before; low < lower; low++) {
      const leaving = indexes[low]!;
      if (lastAt[leaving] === low) lastAt[leaving] = -1;
    }
  }
  return most;
}
