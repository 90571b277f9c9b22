/** `node engine.ts PACK SPOTS`: how long the phone's engine takes on this machine; one JSON line. */
import { readFileSync } from "node:fs";
import { answerNearest, openPack } from "../../geoapi/web/src/offline/index.ts";

const [packPath, spotsPath] = process.argv.slice(2);
if (!packPath || !spotsPath) throw new Error("usage: node engine.ts PACK SPOTS");
const text = readFileSync(packPath, "utf8");
const spots = JSON.parse(readFileSync(spotsPath, "utf8")) as [number, number][];

const took = (work: () => unknown): number => {
  const begun = performance.now();
  work();
  return performance.now() - begun;
};
const middle = (times: number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1]!;

const opening = Array.from({ length: 9 }, () => took(() => openPack(JSON.parse(text))));
const pack = openPack(JSON.parse(text));
const now = Date.now();
const ask = ([lon, lat]: [number, number]): unknown => {
  const said = answerNearest(pack, { lon, lat, limit: 20 }, now);
  if (!said.ok) throw new Error(JSON.stringify(said));
  return said;
};
const first = took(() => ask(spots[0]!));
for (const spot of spots.slice(0, 100)) ask(spot);
const times = spots.map((spot) => took(() => ask(spot))).sort((a, b) => a - b);
console.log(
  JSON.stringify({
    open_ms: middle(opening),
    first_ms: first,
    p50_ms: middle(times),
    p99_ms: times[Math.floor(times.length * 0.99)],
  }),
);
