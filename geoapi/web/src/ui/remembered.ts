/** A choice that the phone remembers, and nobody else: it is sent nowhere. */
export interface Remembered<T> {
  read(): T;
  write(value: T): void;
}

/**
 * `initial` where nothing is remembered, what is remembered is not `valid` (an older version's), or the browser
 * keeps nothing (private windows).
 */
export function remembered<T>(name: string, initial: T, valid: (value: unknown) => boolean): Remembered<T> {
  const key = `geoapi.${name}`;
  return {
    read() {
      try {
        const text = localStorage.getItem(key);
        const value: unknown = text === null ? initial : JSON.parse(text);
        return valid(value) ? (value as T) : initial;
      } catch {
        return initial;
      }
    },
    write(value) {
      try {
        localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // kept for as long as the page is open, then
      }
    },
  };
}
