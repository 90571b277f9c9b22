/** How far around a place a pack has every station there is. */
import type { About } from "./format.ts";

/** What laying the ground flat can cost, and the rounding of the outline. */
const SHARE_SURE = 0.98;
const ROUNDING_M = 5;

/** Metres around a place (WGS-84) within which no station is missing: 0 where that cannot be said. */
export function coveredMetres(about: About, lon: number, lat: number): number {
  if (about.outline === null) return Infinity;
  const phi = (lat * Math.PI) / 180;
  const up = (111_132.95 - 559.85 * Math.cos(2 * phi)) * 1e-5;
  const across = (111_412.88 * Math.cos(phi) - 93.5 * Math.cos(3 * phi)) * 1e-5;
  let nearest = Infinity;
  let inside = false;
  for (const ring of about.outline) {
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const x1 = (ring[i]! - lon * 1e5) * across;
      const y1 = (ring[i + 1]! - lat * 1e5) * up;
      const x2 = (ring[i + 2]! - lon * 1e5) * across;
      const y2 = (ring[i + 3]! - lat * 1e5) * up;
      nearest = Math.min(nearest, toSegment(x1, y1, x2, y2));
      if (y1 > 0 !== y2 > 0 && x1 - (y1 * (x2 - x1)) / (y2 - y1) > 0) inside = !inside;
    }
  }
  // whatever lies further than the margin from the outline may be missing
  const metres = about.margin_m + (inside ? nearest : -nearest);
  return Math.max(0, metres * SHARE_SURE - ROUNDING_M);
}

/** The distance of the origin from a segment. */
function toSegment(x1: number, y1: number, x2: number, y2: number): number {
  const dx = x2 - x1;
  const dy = y2 - y1;
  const length2 = dx * dx + dy * dy;
  const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, -(x1 * dx + y1 * dy) / length2));
  return Math.hypot(x1 + t * dx, y1 + t * dy);
}
