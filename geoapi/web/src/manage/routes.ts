/** The places of this page, by what stands behind the `#`: `#stations`, `#station/12`, `#review`. */
import type { LucideIcon } from "@lucide/svelte";
import type { Component } from "svelte";
import type { Schemas } from "../api/client.ts";

export type Me = Schemas["Me"];
export type Act = keyof Me["may"] & string;

/** What a place is shown with. */
export interface PlaceProps {
  /** of `station/:id`: `{ id: "12" }` */
  params: Record<string, string>;
  /** of `#stations?q=东四` */
  query: URLSearchParams;
}

export interface Place {
  /** Segments; one that begins with ":" takes any word: "stations", "station/:id". */
  path: string;
  /** For the navigation and the window. */
  title: () => string;
  /** Stands in the navigation where it has one; else it is reached from elsewhere. */
  icon?: LucideIcon;
  /** A number beside its name in the navigation, where there is something to do; 0 shows nothing. */
  badge?: () => Promise<number>;
  /** Who finds it there; the service decides for itself. See `may`. */
  allowed: (me: Me) => boolean;
  component: () => Promise<{ default: Component<PlaceProps> }>;
}

/** Whether somebody may do this to what belongs to an organisation. To what belongs to none, nobody may. */
export function mayAt(me: Me, act: Act, organisation: { path: readonly string[] } | null): boolean {
  const places = me.may[act] ?? [];
  return organisation !== null && organisation.path.some((one) => places.includes(one));
}

/** Whether somebody may do this anywhere at all. */
export function may(me: Me, act: Act): boolean {
  return (me.may[act] ?? []).length > 0;
}
