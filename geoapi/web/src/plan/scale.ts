/** Classes of shares for a scale of seven colours. */

export const CLASSES = 7;
const STEPS = [0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.125, 0.15];

export interface Scale {
  /** The lower bounds of the classes. */
  readonly bounds: readonly number[];
  classOf(share: number): number;
}

/** Seven classes of one round width that hold all these shares, or nearly so where they are as wide as 0 to 1. */
export function scaleOf(shares: readonly (number | null)[]): Scale {
  const known = shares.filter((one) => one !== null);
  const [low, high] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
  const step =
    STEPS.find((one) => Math.floor(low / one + 1e-9) * one + one * CLASSES >= high) ??
    STEPS[STEPS.length - 1]!;
  const first = Math.floor(low / step + 1e-9) * step;
  const bounds = Array.from({ length: CLASSES }, (_, index) => first + index * step);
  return {
    bounds,
    classOf: (share) => Math.min(CLASSES - 1, Math.max(0, Math.floor((share - first) / step + 1e-9))),
  };
}
