/** What this page speaks of, by the names of the service's answers. */
import type { Schemas } from "../api/client.ts";

export type NearestAnswer = Schemas["Nearest"];
export type Nearby = Schemas["NearbyStation"];
export type Station = Schemas["Station"];
export type StationHours = Schemas["StationHours"];
export type Listed = Schemas["ListedStation"];
export type Word = Schemas["KindItem"];

/** A question as `POST /v1/stations/nearest` takes it. */
export type Question = Schemas["NearestParameters"];
