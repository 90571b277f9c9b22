"""The sample city on record: districts, organisations, demand, streets, stations; merged as any file is."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, time
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import islice
from zoneinfo import ZoneInfo

from psycopg import Connection

from geoapi.errors import Words
from geoapi.geometry.datums import Datum
from geoapi.sample.city import SOURCE, Station, sample_city, sample_organisations
from geoapi.sample.country import sample_country
from geoapi.sample.districts import CITY_CODE, RESIDENTS_2020, sample_districts
from loaders.candidates import Candidate
from loaders.demand.sample import record_sample_demand
from loaders.districts import Boundary, city_of, in_wgs84, record_districts, with_parent
from loaders.hours_column import HoursColumn
from loaders.load import CHUNK, Batch, Progress, finish, no_progress, start
from loaders.mapping import Mapping, parse_mapping
from loaders.positions import Placed, read_districts
from loaders.report import LoadReport
from loaders.rows import Row
from loaders.sample_streets import record_sample_streets
from loaders.staging import stage
from loaders.vocabulary import Vocabulary, read_vocabulary

_ZONE = ZoneInfo("Asia/Shanghai")
_NO_ROW = Row(0, {})


def load_sample_city(
    conn: Connection, *, stations: int | None = None, horizon_days: int, progress: Progress = no_progress
) -> LoadReport | None:
    """Put the sample city on record, or a sample country of `stations`; None when it was there already.

    One transaction. The same sample, made by the same code, is the same batch, and is not made again.
    Districts already on record keep their boundaries.
    """
    batch = Batch("sample", _fingerprint(stations), _mapping())
    with conn.transaction():
        if conn.execute("SELECT FROM load_batch WHERE id = %s", [batch.id]).fetchone() is not None:
            return None
        progress(Words("区与组织", "districts and organisations"), None)
        record_districts(conn, _boundaries(), source=SOURCE, replace_existing=False)
        _record_organisations(conn)
        progress(Words("生成示例站点", "making the sample stations"), None)
        made: Iterable[Station]
        if stations is None:
            record_sample_demand(conn)
            made = sample_city().stations
            progress(Words("铺设示例街道", "laying the sample streets"), None)
            record_sample_streets(conn, made)
        else:
            made = sample_country(stations)
        return _load_stations(conn, batch, made, horizon_days, progress)


def _load_stations(
    conn: Connection, batch: Batch, made: Iterable[Station], horizon_days: int, progress: Progress
) -> LoadReport:
    report = start(conn, batch, sync=False)
    hours, used, vocabulary = HoursColumn("unsaid"), Counter[int](), read_vocabulary(conn)
    districts, ids, seq = read_districts(conn), [], 1
    index = {code: number for number, code in enumerate(districts.codes)}
    left = iter(made)
    while chunk := list(islice(left, CHUNK)):
        placed = list(_placed(chunk, vocabulary, hours, index))
        used.update(one.candidate.hours_key for one in placed)
        ids += [one.candidate.external_id for one in placed]
        seq = stage(conn, placed, seq, districts)
        progress(Words(f"暂存 {len(ids)} 个站点", f"staging {len(ids)} stations"), None)
    report.rows = len(ids)
    # the sample's names repeat by design: there is nothing to review in them
    return finish(
        conn, batch, report, hours, used, ids, horizon_days, progress=progress, near_duplicates=False
    )


def _placed(
    stations: Iterable[Station], vocabulary: Vocabulary, hours: HoursColumn, index: dict[str, int]
) -> Iterator[Placed]:
    for one in stations:
        attributes = {"stars": one.stars, "area_m2": one.area_m2}
        yield Placed(
            Candidate(
                row=_NO_ROW,
                external_id=one.external_id,
                kind_id=vocabulary.kinds[one.kind],
                name_zh=one.name_zh,
                name_en=one.name_en,
                address=one.address,
                x=one.lon,
                y=one.lat,
                stated_district=one.district_code,
                organisation=_organisation_code(one.organisation_key),
                host_id=vocabulary.hosts[one.host],
                host_name=one.host_name,
                phone=one.phone,
                description=one.description,
                amenity_ids=sorted(vocabulary.amenities[code] for code in one.amenities),
                access_note=" ".join(one.access) or None,
                hours_key=hours.key(one.hours_text or ""),
                holiday_policy=None,
                verified_at=datetime.combine(one.verified_at, time(9), _ZONE),
                attributes={name: value for name, value in attributes.items() if value is not None},
            ),
            one.lon,
            one.lat,
            index.get(one.district_code or "", -1),
        )


def _boundaries() -> list[Boundary]:
    districts = [
        Boundary(
            one.code, one.name_zh, one.name_en, "district", None, in_wgs84(one.polygon, Datum.WGS84)[0],
            RESIDENTS_2020[one.code],
        )
        for one in sample_districts()
    ]  # fmt: skip
    return [city_of(CITY_CODE, "北京市", "Beijing", districts), *with_parent(districts, CITY_CODE)]


def _organisation_code(key: str) -> str:
    return f"{SOURCE}-{key}"


def _record_organisations(conn: Connection) -> None:
    ids: dict[str, int] = {}
    for one in sample_organisations():
        row = conn.execute(
            """
            INSERT INTO organisation (parent_id, code, level, name_zh, name_en, district_code, source)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en
            RETURNING id
            """,
            [
                ids.get(one.parent_key or ""), _organisation_code(one.key), one.level, one.name_zh,
                one.name_en, one.district_code, SOURCE,
            ],
        ).fetchone()  # fmt: skip
        assert row is not None
        ids[one.key] = row[0]


def _mapping() -> Mapping:
    return parse_mapping(
        {
            "source": {"name": SOURCE, "title": "示例数据 sample data"},
            "place": {"datum": "wgs84", "outside": "keep"},
            "id": {"columns": "external_id"},
            "columns": {"name_zh": "name_zh", "kind": "kind", "lon": "lon", "lat": "lat"},
        }
    )


def _fingerprint(stations: int | None) -> str:
    """A hash of the code and data that make the sample and read it: what it is, without making it."""
    digest = hashlib.sha256(f"{stations}".encode())
    for package in ("geoapi.sample", "geoapi.hours", "geoapi.coverage", "loaders"):
        for name, content in sorted(_files(resources.files(package), package)):
            digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()


def _files(folder: Traversable, way: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        if item.is_dir() and item.name != "__pycache__":
            yield from _files(item, f"{way}/{item.name}")
        elif item.name.endswith((".py", ".csv", ".geojson", ".sql")):
            yield f"{way}/{item.name}", item.read_bytes()
