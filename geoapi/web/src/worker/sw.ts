/// <reference lib="webworker" />
/**
 * Makes the worker's page an app: its files are there without a network, and so is what a map or a word needs.
 *
 * What is asked about a place is never kept: `POST /v1/stations/nearest` passes by, as does everything that is not
 * named here. Answers without a network come from the pack (`src/offline/`), not from a cache of old answers.
 */
import type { WorkboxPlugin } from "workbox-core/types.js";
import { ExpirationPlugin } from "workbox-expiration";
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";
import { CacheFirst, StaleWhileRevalidate } from "workbox-strategies";

declare const self: ServiceWorkerGlobalScope;

const DAY_S = 86_400;
const scope = new URL(self.registration.scope).pathname;
const below = (path: string): string => path.slice(scope.length);
const bounded = (limits: ConstructorParameters<typeof ExpirationPlugin>[0]): WorkboxPlugin =>
  new ExpirationPlugin(limits) as WorkboxPlugin;

cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST);

// this page alone, whatever is behind the question mark; the other pages are the service's to send
registerRoute(
  new NavigationRoute(createHandlerBoundToURL("./"), {
    allowlist: [new RegExp(`^${scope.replaceAll(/[.*+?^$()[\]{}|\\]/g, "\\$&")}(?:\\?|$)`)],
  }),
);

// files with a digest in their name that are not needed at once: the map's
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && below(url.pathname).startsWith("assets/"),
  new CacheFirst({ cacheName: "assets", plugins: [bounded({ maxEntries: 24 })] }),
);

registerRoute(
  ({ url, sameOrigin }) =>
    sameOrigin && /^v1\/(?:kinds|amenities|districts|map|map\/styles\/\w+)$/.test(below(url.pathname)),
  new StaleWhileRevalidate({
    cacheName: "words",
    plugins: [bounded({ maxEntries: 24, maxAgeSeconds: 30 * DAY_S })],
  }),
);

// the ground; not the stations on it, which open and close
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && /^v1\/tiles\/(?:districts|streets)\//.test(below(url.pathname)),
  new StaleWhileRevalidate({
    cacheName: "ground",
    plugins: [bounded({ maxEntries: 300, maxAgeSeconds: 14 * DAY_S, purgeOnQuotaError: true })],
  }),
);

self.addEventListener("message", (event) => {
  if ((event.data as { type?: string } | null)?.type === "SKIP_WAITING") void self.skipWaiting();
});
