import { beforeAll, expect, test } from "vitest";
import { loadDatum } from "../geo/area.ts";
import { fromWgs84 } from "../geo/datum.ts";
import { asQuery } from "./compose.ts";
import { requestOf, withChanges } from "./supposed.ts";

beforeAll(() => loadDatum("gcj02"));

const NIGHT = "2026-11-25T03:00:00+08:00";
const question = {
  district: "110101",
  kind: ["care_station", "nursing_room"],
  at: NIGHT,
  add: [{ lon: 116.42, lat: 39.92, crs: "wgs84" as const, hours: "每天 22:00-6:00" }],
  change_hours: [{ id: "12", hours: "24/7 #?&" }],
};
const template = "https://x.test/v1/tiles/gaps/{z}/{x}/{y}.mvt?crs=wgs84";

test("nothing supposed is asked for as ever", () => {
  expect(withChanges(template, { district: "110101" }, "wgs84")).toBe(template);
  expect(withChanges(template, { district: "110101", add: [], change_hours: [] }, "wgs84")).toBe(template);
});

test("what is supposed stands in the body, and in no address", () => {
  const address = withChanges(`${template}&${asQuery(question)}`, question, "wgs84");
  const tile = address.replace("{z}", "10").replace("{x}", "843").replace("{y}", "388");
  const { url, body } = requestOf(tile);
  expect(url).toBe("https://x.test/v1/tiles/gaps/10/843/388.mvt");
  expect(body).toEqual({
    crs: "wgs84",
    district: "110101",
    kind: ["care_station", "nursing_room"],
    at: NIGHT,
    add: [{ lon: 116.42, lat: 39.92, hours: "每天 22:00-6:00" }],
    change_hours: [{ id: "12", hours: "24/7 #?&" }],
  });
});

test("places are in the datum of the map", () => {
  const { body } = requestOf(withChanges(template.replace("wgs84", "bd09"), question, "bd09"));
  const [lon, lat] = fromWgs84(116.42, 39.92, "bd09");
  expect(body["add"]).toEqual([{ lon, lat, hours: "每天 22:00-6:00" }]);
});
