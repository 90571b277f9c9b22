"""The writers by the name of their format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from geoapi.exports.sheets import Sheet
from geoapi.exports.write_csv import write_csv
from geoapi.exports.write_geojson import write_geojson
from geoapi.exports.write_gpkg import write_gpkg
from geoapi.exports.write_xlsx import write_xlsx

WRITERS: Final[Mapping[str, Callable[[Sequence[Sheet], str], bytes]]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "gpkg": write_gpkg,
    "geojson": write_geojson,
}
"""Each takes sheets and a language, and gives the file's bytes."""
