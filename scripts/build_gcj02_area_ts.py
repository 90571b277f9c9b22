"""Write geoapi/web/src/geo/gcj02Area.ts: the area of GCJ-02 (geoapi/geometry/data) small enough for a page.

Row by row from the south, the columns at which the area begins and ends: as differences from the row before
where that has as many, else (after "=") from one another. A test holds the two files equal.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from geoapi.geometry.gcj02_area import gcj02_area

TARGET = Path(__file__).resolve().parents[1] / "geoapi" / "web" / "src" / "geo" / "gcj02Area.ts"


def edges_by_row() -> list[list[int]]:
    """Of each row from the south, the columns at which it goes into the area and out of it again."""
    area = gcj02_area()
    bits = "".join(format(byte, "08b") for byte in area.bits)
    rows = []
    for row in range(area.rows):
        edges, column = [], 0
        for bit, run in groupby(bits[row * area.columns : (row + 1) * area.columns]):
            length = len(list(run))
            if bit == "1":
                edges += [column, column + length]
            column += length
        rows.append(edges)
    return rows


def compact(rows: list[list[int]]) -> str:
    """The rows as text."""
    out, before = [], list[int]()
    for edges in rows:
        if len(edges) == len(before):
            out.append(
                ",".join(
                    str(one - other) if one != other else "" for one, other in zip(edges, before, strict=True)
                )
            )
        else:
            out.append(
                "=" + ",".join(str(one - other) for one, other in zip(edges, [0, *edges], strict=False))
            )
        before = edges
    return ";".join(out)


def module() -> str:
    """The TypeScript module."""
    area = gcj02_area()
    return f"""// Made by scripts/build_gcj02_area_ts.py from geoapi/geometry/data/gcj02_area.txt.
// prettier-ignore

/** Where GCJ-02 and BD-09 apply, on a grid of nodes 1/50° apart: its corner in degrees, its size and rows. */
export const AREA = {{
  west: {area.west:g},
  south: {area.south:g},
  columns: {area.columns},
  rows: {area.rows},
  nodesPerDegree: 50,
  edges: "{compact(edges_by_row())}",
}} as const;
"""


if __name__ == "__main__":
    TARGET.write_text(module(), encoding="utf-8")
