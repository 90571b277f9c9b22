/**
 * Where somebody stands: as the phone says, as tapped on the map, or as searched for. Kept in memory, and gone with
 * the page.
 */

/** A place in WGS-84, degrees. */
export interface Place {
  lon: number;
  lat: number;
  from: "phone" | "map" | "search";
  /** How far off it may be, metres; null where somebody said it themselves. */
  accuracyM: number | null;
  /** What was chosen, for a place that was searched for. */
  label: string | null;
}

type LonLat = Pick<Place, "lon" | "lat">;

/** Why the phone told no position. */
export type Trouble = "denied" | "timeout" | "unavailable" | "insecure";

/** From here on a position is said to be imprecise: further off than the walk to the nearest. */
export const IMPRECISE_M = 500;

// whoever moved less stands where they stood: the list is not to change under their thumb
const SAME_PLACE_M = 25;
const PRECISE: PositionOptions = { enableHighAccuracy: true, timeout: 9_000 };
// asked by the page itself; who presses the button wants to know where they are now
const QUIET_MAXIMUM_AGE_MS = 20_000;
// by the cells of the network: inside a building, or where satellites are slow
const ROUGH: PositionOptions = { enableHighAccuracy: false, timeout: 9_000, maximumAge: 300_000 };

class Standing {
  current = $state.raw<Place | null>(null);
  asking = $state(false);
  trouble = $state<Trouble | null>(null);
  #asked = 0;

  /** Ask the phone. `quiet`: somebody has a place already, and no failure is to be told them. */
  async locate({ quiet = false }: { quiet?: boolean } = {}): Promise<void> {
    if (!window.isSecureContext || !("geolocation" in navigator)) {
      if (!quiet) this.trouble = "insecure";
      return;
    }
    const turn = ++this.#asked;
    if (!quiet) {
      this.asking = true;
      this.trouble = null;
    }
    try {
      const precise = { ...PRECISE, maximumAge: quiet ? QUIET_MAXIMUM_AGE_MS : 0 };
      const found = await position(precise).catch((error: unknown) =>
        isError(error) && error.code === error.PERMISSION_DENIED ? Promise.reject(error) : position(ROUGH),
      );
      // somebody has said meanwhile where they are
      if (turn === this.#asked) this.#found(found.coords);
    } catch (error) {
      if (turn === this.#asked && !quiet) this.trouble = troubleOf(error);
    } finally {
      if (turn === this.#asked) this.asking = false;
    }
  }

  /** Stand where somebody says that they are. */
  stand(place: Place): void {
    this.#asked++;
    this.asking = false;
    this.trouble = null;
    this.current = place;
  }

  #found({ longitude, latitude, accuracy }: GeolocationCoordinates): void {
    const place: Place = {
      lon: longitude,
      lat: latitude,
      from: "phone",
      accuracyM: accuracy,
      label: null,
    };
    const before = this.current;
    const surer = before?.accuracyM != null && accuracy < before.accuracyM / 2;
    if (before?.from === "phone" && !surer && metresBetween(before, place) < SAME_PLACE_M) return;
    this.current = place;
  }
}

export const standing = new Standing();

/** Whether the phone has been allowed to tell the position, so that asking it surprises nobody. */
export async function isAllowed(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: "geolocation" })).state === "granted";
  } catch {
    return false;
  }
}

function position(options: PositionOptions): Promise<GeolocationPosition> {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(resolve, reject, options);
  });
}

function isError(error: unknown): error is GeolocationPositionError {
  return typeof error === "object" && error !== null && "PERMISSION_DENIED" in error;
}

function troubleOf(error: unknown): Trouble {
  if (!isError(error)) return "unavailable";
  if (error.code === error.PERMISSION_DENIED) return "denied";
  return error.code === error.TIMEOUT ? "timeout" : "unavailable";
}

/** Near enough to tell whether somebody has moved. */
export function metresBetween(one: LonLat, other: LonLat): number {
  const north = (one.lat - other.lat) * 111_320;
  const east = (one.lon - other.lon) * 111_320 * Math.cos((one.lat * Math.PI) / 180);
  return Math.hypot(north, east);
}
