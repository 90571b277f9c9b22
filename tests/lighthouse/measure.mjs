/**
 * Lighthouse's figures for a page of a running service: `node measure.mjs ADDRESS [FOLDER]`.
 *
 * Mobile, throttled as Lighthouse does it by default (a slow fourth-generation network, a processor four times
 * slower), in the machine's own Chromium. Prints one JSON line; the whole report goes to FOLDER.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [address, folder = "build/lighthouse"] = process.argv.slice(2);
if (!address) throw new Error("usage: node measure.mjs ADDRESS [FOLDER]");
const chrome = await launch({
  chromePath: "/usr/bin/chromium",
  chromeFlags: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run",
  ],
});
try {
  const categories = ["performance", "accessibility", "best-practices"];
  const run = await lighthouse(address, { port: chrome.port, output: ["html", "json"], onlyCategories: categories });
  if (!run) throw new Error("Lighthouse answered nothing");
  const { lhr, report } = run;
  mkdirSync(folder, { recursive: true });
  const name = new URL(address).pathname.replace(/\W+/g, "") || "worker";
  writeFileSync(join(folder, `${name}.html`), report[0]);
  writeFileSync(join(folder, `${name}.json`), report[1]);
  const audit = (id) => lhr.audits[id]?.displayValue ?? null;
  const failed = Object.values(lhr.audits)
    .filter((one) => one.score !== null && one.score < 0.9 && one.scoreDisplayMode !== "informative")
    .map((one) => one.id);
  console.log(
    JSON.stringify({
      page: new URL(address).pathname,
      ...Object.fromEntries(categories.map((id) => [id, Math.round((lhr.categories[id]?.score ?? 0) * 100)])),
      first_contentful_paint: audit("first-contentful-paint"),
      largest_contentful_paint: audit("largest-contentful-paint"),
      total_blocking_time: audit("total-blocking-time"),
      layout_shift: audit("cumulative-layout-shift"),
      bytes: audit("total-byte-weight"),
      below_90: failed,
    }),
  );
} finally {
  chrome.kill();
}
