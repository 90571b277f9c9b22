import { beforeAll, expect, test } from "vitest";
import { loadDatum } from "../geo/area.ts";
import { toWgs84 } from "../geo/datum.ts";
import { MAP_SERVICES, walkTo } from "./navigate.ts";

beforeAll(() => loadDatum("gcj02"));

const TO = { name: "东华门驿站（2号）", lon: 116.4074, lat: 39.9042 };

function metresApart(a: readonly number[], b: readonly number[]): number {
  const [dx, dy] = [(a[0]! - b[0]!) * 85_300, (a[1]! - b[1]!) * 111_000];
  return Math.hypot(dx, dy);
}

test("each service is given the point in its own datum, and it means the same place", () => {
  const fields = (service: "amap" | "baidu" | "tencent" | "apple"): URLSearchParams =>
    new URL(walkTo(service, TO)).searchParams;
  const amap = fields("amap").get("to")!.split(",").slice(0, 2).map(Number);
  const baidu = fields("baidu").get("location")!.split(",").map(Number).reverse();
  const tencent = fields("tencent").get("tocoord")!.split(",").map(Number).reverse();
  const apple = fields("apple").get("daddr")!.split(",").map(Number).reverse();
  const geo = /^geo:([\d.]+),([\d.]+)\?q=\1,\2\(/.exec(walkTo("geo", TO))!.slice(1, 3).map(Number).reverse();

  // where the service itself puts this point in these datums
  expect(metresApart(amap, [116.4136423, 39.905603])).toBeLessThan(2);
  expect(metresApart(baidu, [116.4200463, 39.9118653])).toBeLessThan(2);
  expect(tencent).toEqual(amap);
  expect(apple).toEqual(amap);
  expect(geo).toEqual([TO.lon, TO.lat]);

  const here = [TO.lon, TO.lat];
  expect(metresApart(toWgs84(amap[0]!, amap[1]!, "gcj02"), here)).toBeLessThan(0.05);
  expect(metresApart(toWgs84(baidu[0]!, baidu[1]!, "bd09"), here)).toBeLessThan(0.05);
});

test("what the services are told of datum, way and asker is as they document it", () => {
  const amap = new URL(walkTo("amap", TO)).searchParams;
  expect([amap.get("coordinate"), amap.get("mode"), amap.get("callnative")]).toEqual(["gaode", "walk", "1"]);
  const baidu = new URL(walkTo("baidu", TO)).searchParams;
  expect([baidu.get("coord_type"), baidu.get("output")]).toEqual(["bd09ll", "html"]);
  const tencent = new URL(walkTo("tencent", TO)).searchParams;
  expect([tencent.get("coord_type"), tencent.get("type")]).toEqual(["2", "walk"]);
  expect(new URL(walkTo("apple", TO)).searchParams.get("dirflg")).toBe("w");
});

test("no link names where the walk begins", () => {
  for (const service of MAP_SERVICES) expect(walkTo(service, TO)).not.toMatch(/from|origin|saddr/);
});

test("a hostile name changes nothing but the name", () => {
  const name = `x"><img src=x onerror=alert(1)>&to=0,0,y#z\u202Egnp.exe\u0000,)(\ud800${"长".repeat(300)}`;
  for (const service of MAP_SERVICES) {
    const address = walkTo(service, { ...TO, name });
    expect(address).toMatch(/^(?:https:\/\/[a-z.]+\/|geo:)/);
    expect(address).not.toMatch(/[<>"\s\u202e#]/);
    expect(address.length).toBeLessThan(1500);
  }
  const amap = new URL(walkTo("amap", { ...TO, name })).searchParams;
  expect(amap.getAll("to")).toHaveLength(1);
  expect(amap.get("to")!.split(",")).toHaveLength(3);
  expect(walkTo("geo", { ...TO, name }).match(/[()]/g)).toEqual(["(", ")"]);
});

test("a place abroad is not shifted", () => {
  const abroad = { name: "Paris", lon: 2.3522, lat: 48.8566 };
  expect(new URL(walkTo("amap", abroad)).searchParams.get("to")).toBe("2.3522000,48.8566000,Paris");
});
