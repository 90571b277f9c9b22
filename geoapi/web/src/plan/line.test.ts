import { expect, test } from "vitest";
import { Line } from "./line.ts";

const never = new AbortController().signal;

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

test("one at a time, the important first, in the order they came", async () => {
  const line = new Line();
  const first = deferred();
  const done: string[] = [];
  const turns = [
    line.turn(9, never, () => first.promise.then(() => void done.push("first"))),
    line.turn(5, never, async () => void done.push("late")),
    line.turn(1, never, async () => void done.push("important")),
    line.turn(5, never, async () => void done.push("later")),
  ];
  await Promise.resolve();
  expect(done).toEqual([]);
  first.resolve();
  await Promise.all(turns);
  expect(done).toEqual(["first", "important", "late", "later"]);
});

test("whoever is called away leaves the line, and holds up nobody", async () => {
  const line = new Line();
  const first = deferred();
  const gone = new AbortController();
  const holding = line.turn(0, never, () => first.promise);
  const leaving = line.turn(0, gone.signal, () => Promise.resolve("never"));
  const staying = line.turn(0, never, () => Promise.resolve("served"));
  gone.abort(new Error("gone"));
  await expect(leaving).rejects.toThrow("gone");
  first.resolve();
  await holding;
  expect(await staying).toBe("served");
  await expect(line.turn(0, gone.signal, () => Promise.resolve(1))).rejects.toThrow("gone");
});

test("what fails gives up its turn", async () => {
  const line = new Line();
  await expect(line.turn(0, never, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await line.turn(0, never, () => Promise.resolve(2))).toBe(2);
});
