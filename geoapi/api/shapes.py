"""Rows as answers: names in the asked language, positions in the asked datum, times in the place's zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from geoapi.api.parameters import Lang
from geoapi.api.station_warnings import warning_shapes
from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.queries.catalog import Catalog


def name_of(row: Mapping[str, Any], lang: Lang, prefix: str = "name_") -> str:
    """The English name where it is asked for and there is one, else the Chinese."""
    english: str | None = row[f"{prefix}en"]
    chinese: str = row[f"{prefix}zh"]
    return english if lang == "en" and english else chinese


def local(moment: datetime | None, row: Mapping[str, Any]) -> datetime | None:
    """A time as the clocks at the station show it."""
    return moment.astimezone(ZoneInfo(row["time_zone"])) if moment else None


def station_shape(row: Mapping[str, Any], catalog: Catalog, crs: Datum, lang: Lang) -> dict[str, Any]:
    """What every answer says of a station, whatever was asked."""
    lon, lat = point_from_wgs84(row["lon"], row["lat"], crs)
    broken = set(row["out_of_order_ids"])
    words = catalog.amenity_by_id
    district = None
    if row["district_code"] is not None:
        district = {"code": row["district_code"], "name": name_of(row, lang, "district_")}
    return {
        "id": str(row["id"]),
        "kind": catalog.kind_by_id[row["kind_id"]].code,
        "name": name_of(row, lang),
        "address": row["address"],
        # 1e-7 degrees is a centimetre
        "location": {"lon": round(lon, 7), "lat": round(lat, 7), "crs": crs},
        "district": district,
        "amenities": [words[i].code for i in row["amenity_ids"] if i not in broken],
        "out_of_order": [words[i].code for i in row["amenity_ids"] if i in broken],
        "access": row["access_notes"],
        "hours_text": row["hours_text"],
        "phone": row["phone"],
        "verified_at": local(row["verified_at"], row),
        "version": row["version"],
        "source": row["source"],
        "warnings": warning_shapes(row, catalog, lang),
    }
