/** What administrators do: places of the manager's page. */
import Building from "@lucide/svelte/icons/building-2";
import ClipboardCheck from "@lucide/svelte/icons/clipboard-check";
import FileInput from "@lucide/svelte/icons/file-input";
import History from "@lucide/svelte/icons/history";
import Siren from "@lucide/svelte/icons/siren";
import Users from "@lucide/svelte/icons/users";
import { answered, api } from "../../api/client.ts";
import { say } from "../../ui/language.svelte.ts";
import { may, type Place } from "../routes.ts";

export const administration: readonly Place[] = [
  {
    path: "review",
    title: () => say("待处理", "To decide"),
    icon: ClipboardCheck,
    badge: waitingDecisions,
    allowed: (me) => may(me, "edit_station"),
    component: () => import("./review/Review.svelte"),
  },
  {
    path: "imports",
    title: () => say("导入", "Imports"),
    icon: FileInput,
    badge: waitingRows,
    allowed: (me) => may(me, "read_imports"),
    component: () => import("./imports/WaitingRows.svelte"),
  },
  {
    path: "imports/row/:id",
    title: () => say("待查的行", "A waiting row"),
    allowed: (me) => may(me, "read_imports"),
    component: () => import("./imports/WaitingRow.svelte"),
  },
  {
    path: "imports/loads",
    title: () => say("导入记录", "Loads"),
    allowed: (me) => may(me, "read_imports"),
    component: () => import("./imports/Loads.svelte"),
  },
  {
    path: "emergency",
    title: () => say("应急开放", "Emergency hours"),
    icon: Siren,
    allowed: (me) => may(me, "override_hours"),
    component: () => import("./emergency/Overrides.svelte"),
  },
  {
    path: "emergency/new",
    title: () => say("新的应急开放", "New emergency hours"),
    allowed: (me) => may(me, "override_hours"),
    component: () => import("./emergency/NewOverride.svelte"),
  },
  {
    path: "accounts",
    title: () => say("账号", "Accounts"),
    icon: Users,
    allowed: (me) => may(me, "see_accounts"),
    component: () => import("./accounts/Accounts.svelte"),
  },
  {
    path: "accounts/invitations",
    title: () => say("邀请", "Invitations"),
    allowed: (me) => may(me, "see_accounts"),
    component: () => import("./accounts/Invitations.svelte"),
  },
  {
    path: "accounts/one/:id",
    title: () => say("账号", "Account"),
    allowed: (me) => may(me, "see_accounts"),
    component: () => import("./accounts/OneAccount.svelte"),
  },
  {
    path: "stations/new",
    title: () => say("新建站点", "New station"),
    allowed: (me) => may(me, "administer_station"),
    component: () => import("./stations/NewStation.svelte"),
  },
  {
    path: "station/:id/administration",
    title: () => say("停用、移交", "Retire, give away"),
    allowed: (me) => may(me, "administer_station"),
    component: () => import("./stations/Administration.svelte"),
  },
  {
    path: "organisations",
    title: () => say("组织", "Organisations"),
    icon: Building,
    allowed: (me) => may(me, "create_organisation"),
    component: () => import("./organisations/Organisations.svelte"),
  },
  {
    path: "events",
    title: () => say("操作记录", "Events"),
    icon: History,
    allowed: (me) => may(me, "read_events"),
    component: () => import("./events/Events.svelte"),
  },
];

async function waitingDecisions(): Promise<number> {
  const page = await answered(api.GET("/v1/manage/review", { params: { query: { limit: 99 } } }));
  return page.items.length;
}

async function waitingRows(): Promise<number> {
  const page = await answered(api.GET("/v1/manage/quarantine", { params: { query: { limit: 1 } } }));
  return page.total;
}
