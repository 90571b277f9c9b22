/** Reads {pack, deltas, jobs} from a file and writes what the engine makes of each job, as JSON on stdout. */
import { readFileSync, writeFileSync } from "node:fs";
import { loadDatum } from "../../geoapi/web/src/geo/area.ts";
import {
  answerNearest,
  applyDelta,
  openPack,
  search,
  sound,
  station,
  stationHours,
} from "../../geoapi/web/src/offline/index.ts";

await loadDatum("gcj02");
const [asked, answered] = process.argv.slice(2);
const { pack: document, deltas, jobs } = JSON.parse(readFileSync(asked, "utf8"));
let whole = await sound(document);
for (const delta of deltas) whole = await sound(applyDelta(whole, delta));
const pack = openPack(whole);
const answers = jobs.map(({ ask, now, ...rest }) => {
  switch (ask) {
    case "nearest":
      return answerNearest(pack, rest.question, now);
    case "station":
      return station(pack, rest.id, rest.question, now);
    case "hours":
      return stationHours(pack, rest.id, rest.question, now);
    case "search":
      return search(pack, rest.q, rest.question, now);
  }
  throw new Error(ask);
});
// the whole pack is of interest where it was made from another
const made = deltas.length ? { document: whole } : {};
writeFileSync(answered, JSON.stringify({ version: whole.version, answers, ...made }));
