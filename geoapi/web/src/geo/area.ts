/** Loads what the shifted datums need, when somebody needs them. */
import { useArea } from "./datum.ts";
import type { Datum } from "./datum.ts";

let loading: Promise<void> | undefined;

/** After this, points can be taken to and from a datum. Tried anew after a failure, which is thrown. */
export async function loadDatum(datum: Datum): Promise<void> {
  if (datum === "wgs84") return;
  loading ??= import("./gcj02Area.ts").then(
    ({ AREA }) => useArea(AREA),
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  await loading;
}
