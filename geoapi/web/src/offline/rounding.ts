/** Rounding as the service does it: to the nearest, and what is exactly between two to the even one. */

/** `value` rounded to so many decimals. */
export function round(value: number, digits: number): number {
  // only odd multiples of 2^-(digits + 1) lie exactly between two; toFixed takes these away from zero
  const halves = value * 2 ** (digits + 1);
  if (Number.isInteger(halves) && halves % 2 !== 0) {
    const scale = 10 ** digits;
    const low = Math.floor(value * scale);
    return (low % 2 === 0 ? low : low + 1) / scale;
  }
  return Number(value.toFixed(digits));
}
