/** All places of this page, in the order of the navigation. */
import MessageSquareWarning from "@lucide/svelte/icons/message-square-warning";
import Store from "@lucide/svelte/icons/store";
import { say } from "../ui/language.svelte.ts";
import { administration } from "./admin/routes.ts";
import { may, type Place } from "./routes.ts";

const own: readonly Place[] = [
  {
    path: "stations",
    title: () => say("我的站点", "My stations"),
    icon: Store,
    allowed: (me) => may(me, "see_stations"),
    component: () => import("./stations/Stations.svelte"),
  },
  {
    path: "station/:id",
    title: () => say("站点", "Station"),
    allowed: (me) => may(me, "see_stations"),
    component: () => import("./station/Station.svelte"),
  },
  {
    path: "reports",
    title: () => say("工人反映", "Reports"),
    icon: MessageSquareWarning,
    allowed: (me) => may(me, "see_stations"),
    component: () => import("./reports/Reports.svelte"),
  },
  {
    path: "account",
    title: () => say("我的账号", "My account"),
    allowed: () => true,
    component: () => import("./account/Account.svelte"),
  },
];

export const places: readonly Place[] = [...own, ...administration];
