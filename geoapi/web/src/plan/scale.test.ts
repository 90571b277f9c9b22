import fc from "fast-check";
import { expect, test } from "vitest";
import { CLASSES, scaleOf } from "./scale.ts";

test("every share is in the class whose bounds hold it", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (shares) => {
      const { bounds, classOf } = scaleOf(shares);
      expect(bounds).toHaveLength(CLASSES);
      for (const share of shares) {
        const at = classOf(share);
        expect(share).toBeGreaterThanOrEqual(bounds[at]! - 1e-6);
        if (at < CLASSES - 1) expect(share).toBeLessThan(bounds[at + 1]! + 1e-6);
      }
    }),
  );
});

test("a narrow week uses many of the colours", () => {
  const { classOf } = scaleOf([0.2, 0.449]);
  expect(classOf(0.2)).toBe(0);
  expect(classOf(0.449)).toBeGreaterThanOrEqual(4);
});

test("a week without demand has a scale, too", () => {
  expect(scaleOf([null]).bounds).toHaveLength(CLASSES);
});
