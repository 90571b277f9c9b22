"""The columns that a station's answers are made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, SmallInteger, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array

from geoapi.db.tables import amenity_outage, district, station
from geoapi.queries.reports import WarningRule, warnings_of_station

WITH_DISTRICT = station.outerjoin(district, district.c.code == station.c.district_code)


def out_of_order_ids(at: ColumnElement[Any]) -> ColumnElement[Any]:
    """The ids of the amenities that are out of order at `at`: an array, empty if none."""
    return (
        select(
            func.coalesce(func.array_agg(amenity_outage.c.amenity_id), cast(array([]), ARRAY(SmallInteger)))
        )
        .where(amenity_outage.c.station_id == station.c.id, amenity_outage.c.during.bool_op("@>")(at))
        .scalar_subquery()
    )


def station_columns(at: ColumnElement[Any], warn: WarningRule) -> tuple[ColumnElement[Any], ...]:
    """The station's own, its district's names, what is out of order at `at`, and what answers warn of by now;
    from `WITH_DISTRICT`."""
    return (
        *(c for c in station.c if c.name not in ("geog", "search", "sound")),
        district.c.name_zh.label("district_zh"),
        district.c.name_en.label("district_en"),
        out_of_order_ids(at).label("out_of_order_ids"),
        warnings_of_station(warn).label("warnings"),
    )
