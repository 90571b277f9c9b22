"""What is in a pack, and how it is sent."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import orjson
import psycopg
from psycopg.types.range import TimestamptzRange

from geoapi.queries.pack.area import read_area
from tests.api.pack.conftest import Packed, stations_of, version_of
from tests.queries.conftest import World

DONGSI, CHAONEI, XIDAN = "东四暖心驿站", "朝内暖心驿站", "西单心灵驿站"


def test_a_station_is_in_it_with_all_that_answers_tell(packed: Packed) -> None:
    pack = packed.pack()
    one = stations_of(pack)[packed.ids[DONGSI]]
    said = packed.client.get(f"/v1/stations/{packed.ids[DONGSI]}").json()
    assert (one["name_zh"], one["name_en"], one["address"]) == (
        DONGSI,
        "Dongsi care station",
        said["address"],
    )
    assert (one["lon"], one["lat"], one["kind"]) == (116.41, 39.91, "care_station")
    assert (one["amenities"], one["version"], one["source"]) == ("40a", said["version"], "test")
    assert one["outages"] == [[10, None, None]]
    assert one["hours"][4] == [day["hours"] for day in said["hours"]["week"]]
    schedules = {row[0]: row for row in pack["parts"]["schedules"]}
    # open day and night: one interval as long as the window
    assert schedules[one["schedule"]][1:] == [[0, 17 * 1440], 0, [], []]
    assert [row[1] for row in pack["parts"]["kinds"]] == [
        "care_station", "worker_home", "nursing_room", "psych_point"
    ]  # fmt: skip
    assert {row[0] for row in pack["parts"]["districts"]} == {"110000", "110101", "110102"}


def test_retired_stations_are_not_in_it_and_nobodys_secrets_are(packed: Packed) -> None:
    packed.sql(
        """INSERT INTO station_report (station_id, kind, note, reporter)
           VALUES (%s, 'other', 'by hand', 'abc')""",
        packed.ids[DONGSI],
    )
    text = packed.get().text
    assert len(stations_of(packed.pack())) == len(packed.ids) - 1
    assert "停用" not in text
    # one report is no warning, and who made it is nobody's business
    assert stations_of(packed.pack())[packed.ids[DONGSI]]["warnings"] is None
    assert "by hand" not in text


def test_a_warning_ends_when_too_few_reports_are_young_enough(packed: Packed) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    ages = (13, 10, 5, 1)
    for reporter, days in enumerate(ages):
        packed.sql(
            """INSERT INTO station_report (station_id, kind, reporter, created_at)
               VALUES (%s, 'closed', %s, %s)""",
            packed.ids[XIDAN], bytes([reporter]), now - timedelta(days=days),
        )  # fmt: skip

    def instant(moment: datetime) -> int:
        return int(moment.timestamp()) * 1_000_000

    (warning,) = stations_of(packed.pack())[packed.ids[XIDAN]]["warnings"]
    assert warning == [
        "closed",
        None,
        [
            [instant(now + timedelta(days=1)), 4, instant(now - timedelta(days=13))],
            [instant(now + timedelta(days=4)), 3, instant(now - timedelta(days=10))],
        ],
    ]


def test_the_version_is_the_digest_of_the_content_and_nothing_else(
    packed: Packed, start_packed: Callable[..., Packed]
) -> None:
    pack = packed.pack()
    assert version_of(pack) == pack["version"]
    assert pack["version"] == packed.pack()["version"]
    # another process, and one that makes it anew
    other = start_packed(packed)
    assert other.pack() == pack
    packed.sql("TRUNCATE pack, pack_version, pack_station")
    again = start_packed(packed)
    assert again.get().content == packed.get().content


def test_it_is_sent_as_gzip_to_whoever_takes_it_and_plain_to_others(packed: Packed) -> None:
    def sent(accepted: str) -> tuple[str | None, bytes]:
        request = packed.client.build_request("GET", "/v1/pack/110101", headers={"Accept-Encoding": accepted})
        response = packed.client.send(request, stream=True)
        raw = b"".join(response.iter_raw())
        response.close()
        assert response.headers["vary"] == "Accept-Encoding"
        assert response.headers["cache-control"] == "no-cache"
        assert int(response.headers["content-length"]) == len(raw)
        return response.headers.get("content-encoding"), raw

    plain = sent("identity")[1]
    assert orjson.loads(plain)["kind"] == "whole"
    for accepted in ("gzip", "br, gzip;q=0.5", "*", "GZIP ; q=1.0"):
        encoding, raw = sent(accepted)
        assert encoding == "gzip"
        assert gzip.decompress(raw) == plain
        assert len(raw) < len(plain)
    for accepted in ("identity", "br", "gzip;q=0", "gzip; q=0.0, *", "*;q=0"):
        assert sent(accepted) == (None, plain)


def test_what_is_known_is_not_sent_again(packed: Packed) -> None:
    first = packed.get()
    etag = first.headers["etag"]
    assert etag == f'W/"{first.json()["version"]}"'
    for known in (etag, etag.removeprefix("W/"), f'"x", {etag}', "*"):
        again = packed.get(headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert packed.get(headers={"If-None-Match": 'W/"x"'}).status_code == 200
    since = packed.get(headers={"If-None-Match": etag}, since=first.json()["version"])
    assert since.status_code == 304


def test_a_district_that_is_none_is_named_with_those_near_it(packed: Packed) -> None:
    response = packed.get("110103", lang="en")
    assert response.status_code == 404
    problem = response.json()
    assert problem["errors"][0]["field"] == "district"
    assert "110101" in problem["near"]
    assert packed.get("110101", vintage="1").status_code == 422
    assert packed.get("110101", since="").status_code == 422


def test_a_district_has_its_neighbours_stations_within_the_margin(
    start_packed: Callable[..., Packed],
) -> None:
    # 西单 lies 2.2 km west of the border at 116.4, 灯市口 a kilometre east of it
    near = start_packed(margin_m=3000)
    far = start_packed(near, margin_m=500)
    assert near.ids[XIDAN] in stations_of(near.pack("110101"))
    assert near.ids[XIDAN] not in stations_of(far.pack("110101"))
    about = far.pack("110101")["about"]
    assert about["margin_m"] == 500
    (ring,) = about["outline"]
    assert sorted(set(ring[::2])) == [11_640_000, 11_680_000]
    # all there are: nothing is beyond it
    assert near.pack("110000")["about"]["outline"] is None


def test_every_station_near_a_district_is_in_its_pack(start_packed: Callable[..., Packed]) -> None:
    """The margin that is said, held to PostGIS: nothing within it may be missing."""
    packed = start_packed(margin_m=2000)
    with psycopg.connect(packed.database_url) as conn:
        world = World(packed.database_url, conn)
        for row in range(16):
            for column in range(16):
                world.add(116.30 + column * 0.011, 39.64 + row * 0.033)
        world.ready()
        outline = read_area(conn, "110102", 2000).outline
        within = {
            id_
            for (id_,) in conn.execute(
                """SELECT id FROM station WHERE retired_at IS NULL
                     AND ST_DWithin(geog, ST_GeomFromWKB(%s, 4326)::geography, 2000)""",
                [outline.wkb],
            )
        }
    held = set(stations_of(packed.pack("110102")))
    assert len(within) > 80
    assert within <= held
    assert len(held) < 300


def test_a_city_without_stations_is_an_empty_pack(packed: Packed) -> None:
    packed.sql("UPDATE station SET retired_at = now()")
    pack = packed.pack()
    assert (pack["stations"], pack["parts"]["schedules"]) == ({"count": 0, "columns": {}}, [])
    assert version_of(pack) == pack["version"]


def test_before_opening_times_were_worked_out_there_is_no_pack(packed: Packed) -> None:
    with psycopg.connect(packed.database_url) as conn:
        conn.execute("TRUNCATE schedule_window")
    assert packed.get().status_code == 503


def test_why_it_is_closed_is_worked_out_for_the_whole_window(packed: Packed) -> None:
    """On a public holiday, when it would else be open; and while it is closed by its manager."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    ahead = next(days for days in range(8, 12) if (today + timedelta(days=days)).weekday() < 5)
    holiday = (today + timedelta(days=ahead)).date()
    since = today + timedelta(days=3, hours=1, seconds=7)
    with packed.changing() as conn:
        # no other holiday, whenever this is run
        conn.execute(
            """UPDATE calendar_day SET name_zh = NULL, name_en = NULL,
                 day_type = CASE WHEN extract(isodow FROM day) < 6 THEN 'workday' ELSE 'weekend' END"""
        )
        conn.execute(
            "UPDATE calendar_day SET day_type = 'holiday', name_zh = '灯节' WHERE day = %s", [holiday]
        )
        # 周一至周五 9:00-17:00
        conn.execute("UPDATE station SET holiday_policy = 'closed' WHERE id = %s", [packed.ids[XIDAN]])
        conn.execute(
            "INSERT INTO hours_exception (station_id, during, state) VALUES (%s, %s, 'closed')",
            [packed.ids[XIDAN], TimestamptzRange(since, since + timedelta(hours=2))],
        )
    pack = packed.pack()
    key = stations_of(pack)[packed.ids[XIDAN]]["schedule"]
    closed = next(row for row in pack["parts"]["schedules"] if row[0] == key)[4]
    # the window began yesterday; what is no whole minute is said in microseconds
    after = (4 * 1440 + 60) * 60_000_000 + 7_000_000
    assert closed == [[f"{after}", 120, 2], [(ahead + 1) * 1440 + 60, 480, 1]]
    assert dict(pack["parts"]["calendars"])["CN"] == [[holiday.isoformat(), "holiday", "灯节", "灯节"]]
