import { svelte } from "@sveltejs/vite-plugin-svelte";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";
import { compressed } from "./plugins/compressed.ts";
import { reachedFrom } from "./plugins/reached.ts";

const all = { worker: "index.html", plan: "plan.html", manage: "manage.html" };
// PAGES=plan builds that page alone, while one is at work on it
const only = process.env["PAGES"]?.split(",");
const pages = Object.fromEntries(Object.entries(all).filter(([name]) => only?.includes(name) ?? true));

let folder = "dist";
let needed: Set<string> | undefined;

/** Whether phones keep a file from the first visit on: all of the worker's page but MapLibre, kept when first used. */
function isKept(url: string): boolean {
  needed ??= reachedFrom("index.html", folder, ["src/map/engine.ts"]);
  return !url.startsWith("assets/") || needed.has(url);
}

export default defineConfig({
  // relative, so that the service may stand below a path of its host
  base: "./",
  plugins: [
    svelte(),
    { name: "folder", configResolved: (config) => void (folder = config.build.outDir) },
    VitePWA({
      // the worker's page alone is an app: planners and managers need the service
      registerType: "prompt",
      injectRegister: false,
      strategies: "injectManifest",
      srcDir: "src/worker",
      filename: "sw.ts",
      includeManifestIcons: false,
      injectManifest: {
        // the pictures of an app on the screen are the system's, which fetches them when it is put there
        globPatterns: ["index.html", "icons/icon.svg", "assets/**/*.{js,css,woff2}"],
        manifestTransforms: [
          (entries) => ({
            manifest: entries
              .filter(({ url }) => isKept(url))
              // the page's address is the folder's
              .map((entry) => (entry.url === "index.html" ? { ...entry, url: "./" } : entry)),
          }),
        ],
        rollupFormat: "iife",
      },
      manifest: {
        id: "./",
        name: "职工关爱设施",
        short_name: "暖心驿站",
        description: "到达时开着的、最近的一处 · the nearest that is open when you get there",
        lang: "zh-Hans",
        start_url: "./",
        scope: "./",
        display: "standalone",
        background_color: "#ffffff",
        theme_color: "#0b5d52",
        icons: [
          { src: "icons/192.png", sizes: "192x192", type: "image/png" },
          { src: "icons/512.png", sizes: "512x512", type: "image/png" },
          { src: "icons/maskable.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
    }),
    compressed(),
  ],
  build: {
    target: "es2022",
    // what belongs to which page, for what phones keep and for the budgets (tests/web/test_budgets.py)
    manifest: true,
    // a style sheet is a file: the policy of the pages allows no other
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: pages,
      output: {
        // named after the page, so that the service worker can tell them apart
        entryFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
        chunkFileNames: "assets/[name]-[hash].js",
      },
    },
  },
  // patient: properties take their time on a busy machine
  test: { include: ["src/**/*.test.ts"], environment: "node", testTimeout: 120_000 },
});
