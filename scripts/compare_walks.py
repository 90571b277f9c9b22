"""Our half of scripts/compare-walks: draw walks, walk them, and say how far another router differs.

    python scripts/compare_walks.py draw EXTRACT.osm.pbf [--walks N] [--seed N] [--off METRES] >walks.json
    python scripts/compare_walks.py compare EXTRACT.osm.pbf --walked F --shortest F --default F [--worst N]

Walks begin and end on walkable ways (or within `--off` metres of one), 0.3 to 5 km apart. What is compared is
the way along the network: the router does not count the steps from a point to its street. For the worst walks
it prints the kinds of way that only one of the two used, with their tags.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely
from scipy.sparse.csgraph import dijkstra

from geoapi.coverage.network import WalkNetwork
from geoapi.coverage.snapping import MercatorFrame
from geoapi.coverage.walk import WalkModel
from loaders.network_extract import WGS84, read_extract
from loaders.network_rules import is_walkable

NEAREST_M, FARTHEST_M = 300.0, 5000.0
BESIDE_M, STEP_M = 4.0, 5.0
TOLD_TAGS = (
    "highway", "access", "foot", "service", "footway", "sidewalk", "oneway", "oneway:foot", "conveying",
    "area", "layer", "tunnel",
)  # fmt: skip

Line = list[list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=["draw", "compare"])
    parser.add_argument("extract", type=Path)
    parser.add_argument("--walks", type=int, default=300)
    parser.add_argument("--seed", type=int, default=20260323)
    parser.add_argument("--off", type=float, default=0.0, help="how far off the ways points may lie, metres")
    parser.add_argument("--worst", type=int, default=12, help="walks to explain")
    parser.add_argument("--walked", type=Path)
    parser.add_argument("--shortest", type=Path)
    parser.add_argument("--default", type=Path)
    given = parser.parse_args()
    read = read_extract(given.extract)
    network = WalkNetwork(read.lon, read.lat, read.tail, read.head, read.length_m, read.both_ways)
    if given.step == "draw":
        print(json.dumps({"walks": draw(network, given.walks, given.seed, given.off)}))
        return
    walks = json.loads(given.walked.read_text("utf-8"))["walks"]
    for how in ("default", "shortest"):
        routes = json.loads(getattr(given, how).read_text("utf-8"))
        print(f"\nagainst the router's {how} walks")
        difference = compare(walks, routes)
    explain(given.extract, network, walks, routes, difference, given.worst)


def draw(network: WalkNetwork, count: int, seed: int, off_m: float) -> list[dict[str, Any]]:
    """Walks between points drawn evenly along the ways of the largest part, and how far each is by ours."""
    random = np.random.default_rng(seed)
    model = WalkModel(network)
    weight = np.where(network.part[network.tail] == 0, network.length_m, 0.0)
    walks: list[dict[str, Any]] = []
    while len(walks) < count:
        edge = random.choice(network.edges, size=2, p=weight / weight.sum())
        share = random.random(2)
        tail, head = network.tail[edge], network.head[edge]
        lon = network.lon[tail] * (1 - share) + network.lon[head] * share
        lat = network.lat[tail] * (1 - share) + network.lat[head] * share
        lon, lat, _ = WGS84.fwd(lon, lat, random.uniform(0, 360, 2), off_m * np.sqrt(random.random(2)))
        lon, lat = np.round(lon, 6), np.round(lat, 6)
        _, _, straight_m = WGS84.inv(lon[0], lat[0], lon[1], lat[1])
        if not NEAREST_M <= straight_m <= FARTHEST_M:
            continue
        whole = model.reach(lon[:1], lat[:1], lon[1:], lat[1:], np.inf).data
        if not whole.size:
            continue
        at = model.attach(lon, lat)
        nearest_m = [float(at.off_m[at.point == number].min()) for number in (0, 1)]
        walks.append(
            {
                "from": [lon[0], lat[0]], "to": [lon[1], lat[1]], "straight_m": straight_m,
                "metres": float(whole[0]) - sum(nearest_m), "off_m": nearest_m,
            }
        )  # fmt: skip
    return walks


def compare(walks: list[dict[str, Any]], routes: list[dict[str, Any] | None]) -> np.ndarray:
    """Print how far they differ; of each walk ours / theirs - 1, nan where the router has none."""
    ours = np.array([walk["metres"] for walk in walks])
    theirs = np.array([np.nan if route is None else route["metres"] for route in routes])
    difference = ours / theirs - 1
    known = difference[np.isfinite(difference)]
    middle, high = np.percentile(np.abs(known), [50, 95])
    print(
        f"  {known.size} of {len(walks)} walks, {np.nansum(theirs) / 1000:.0f} km; "
        f"|difference| median {middle:.2%}, 95th percentile {high:.2%}, worst {np.abs(known).max():.1%}; "
        f"ours longer by more than 1 %: {np.mean(known > 0.01):.1%}, shorter: {np.mean(known < -0.01):.1%}; "
        f"all together {np.nansum(ours[np.isfinite(difference)]) / np.nansum(theirs) - 1:+.2%}"
    )
    return difference


def explain(
    extract: Path, network: WalkNetwork, walks: list[dict[str, Any]], routes: list[Any],
    difference: np.ndarray, worst: int,
) -> None:  # fmt: skip
    """Print, for the walks that differ most, the metres that only one of the two walks, by the ways' tags."""
    frame = MercatorFrame(float(network.lon[0]))
    tree, tags = ways_of(extract, frame)
    order = np.argsort(-np.nan_to_num(np.abs(difference), nan=np.inf))
    for number in order[:worst].tolist():
        walk, route = walks[number], routes[number]
        told = "no route" if route is None else f"router {route['metres']:.0f} m, {difference[number]:+.1%}"
        print(f"\n#{number} {walk['from']} → {walk['to']}: ours {walk['metres']:.0f} m, {told}")
        if route is not None:
            mine, theirs = drawn(our_line(network, walk), frame), drawn(route["line"], frame)
            tell("only ours  ", mine.difference(theirs.buffer(BESIDE_M)), tree, tags)
            tell("only router", theirs.difference(mine.buffer(BESIDE_M)), tree, tags)


def our_line(network: WalkNetwork, walk: dict[str, Any]) -> Line:
    """The nodes of our walk, from one end of the first edge to one of the last."""
    model = WalkModel(network)
    lon, lat = np.array([walk["from"], walk["to"]]).T
    at = model.attach(lon.copy(), lat.copy())
    start, end = (at.edge[at.point == number][0] for number in (0, 1))
    best: tuple[float, list[int]] = (np.inf, [])
    metres, before = dijkstra(
        network.towards().T.tocsr(),
        indices=[network.tail[start], network.head[start]],
        return_predecessors=True,
    )
    first, last = (float(at.along_m[at.point == number][0]) for number in (0, 1))
    for row, begun in enumerate((first, network.length_m[start] - first)):
        ends = ((network.tail[end], last), (network.head[end], network.length_m[end] - last))
        for node, left in ends:
            if begun + metres[row, node] + left < best[0]:
                way = [int(node)]
                while (node := before[row, node]) >= 0:
                    way.append(int(node))
                best = (begun + metres[row, way[0]] + left, way[::-1])
    return [[float(network.lon[node]), float(network.lat[node])] for node in best[1]]


def drawn(line: Line, frame: MercatorFrame) -> shapely.LineString:
    """A line of lon/lat, in the frame."""
    lon, lat = np.array(line, dtype=np.float64).T
    return shapely.linestrings(*frame.project(lon, lat))


def ways_of(extract: Path, frame: MercatorFrame) -> tuple[shapely.STRtree, list[dict[str, str]]]:
    """Every way and platform of the extract, in the frame, and its tags."""
    lines, tags = [], []
    for way in osmium.FileProcessor(str(extract)).with_locations():
        if isinstance(way, osmium.osm.Way):
            spots = [[node.lon, node.lat] for node in way.nodes if node.location.valid()]
            if len(spots) > 1:
                lines.append(drawn(spots, frame))
                tags.append({key: way.tags[key] for key in TOLD_TAGS if key in way.tags})
    return shapely.STRtree(lines), tags


def tell(who: str, line: shapely.Geometry, tree: shapely.STRtree, tags: list[dict[str, str]]) -> None:
    """Print how many metres of the line, cut into short steps, lie on ways of which kind."""
    metres: Counter[str] = Counter()
    for part in shapely.get_parts(line):
        steps = shapely.line_interpolate_point(part, np.arange(STEP_M / 2, part.length, STEP_M))
        near, way = tree.query(steps, predicate="dwithin", distance=1.5)
        for step in range(len(steps)):
            kinds = [tags[one] for one in way[near == step]]
            walked = [one for one in kinds if is_walkable(one)]
            if walked:
                words = " ".join(f"{key}={value}" for key, value in walked[0].items())
            elif kinds:
                words = "CLOSED " + " ".join(f"{key}={value}" for key, value in kinds[0].items())
            else:
                words = "on no way"
            metres[words] += int(STEP_M)
    print(f"  {who}: " + "; ".join(f"{length} m {words}" for words, length in metres.most_common(8)))


if __name__ == "__main__":
    main()
