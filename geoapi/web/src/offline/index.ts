/**
 * The engine that answers on the phone, from a pack that the service sent: the same answers, no network, no DOM.
 * `store.ts` keeps packs, this answers from them.
 */
export { applyDelta, sound, versionOf } from "./delta.ts";
export { UnusablePack, type PackDelta, type PackDocument } from "./format.ts";
export {
  answerNearest,
  type NearbyStation,
  type Nearest,
  type NearestQuestion,
  type OpenMode,
} from "./nearest.ts";
export { openPack, type Pack } from "./pack.ts";
export type { Answered, Refusal } from "./refused.ts";
export { search, type ListedStation } from "./search.ts";
export { station, stationHours, type SheetQuestion, type Station, type StationHours } from "./sheet.ts";
