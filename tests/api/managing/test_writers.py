"""Two at once, and fifty: each change is made of the version before it, and none is lost."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.api.managing.asks import Scene

WRITERS = 50
# the history of a station, put together: each field as the last revision that speaks of it left it
REPLAY = """
SELECT coalesce(jsonb_object_agg(key, value), '{}')
FROM (
  SELECT DISTINCT ON (field.key) field.key, field.value
  FROM revision AS r, jsonb_each(r.after) AS field
  WHERE r.station_id = %s AND field.key NOT LIKE '%%:%%'
  ORDER BY field.key, r.version DESC
) AS latest
"""


async def write_until_taken(client: httpx.AsyncClient, scene: Scene, path: str, phone: str) -> int:
    """How often it took until this change was accepted: each refusal tells the version that there is now."""
    headers = {"Authorization": f"Bearer {scene.union.tokens['manager']}"}
    version = 1
    for tried in range(1, 10 * WRITERS):
        response = await client.patch(
            path, json={"phone": phone}, headers={**headers, "If-Match": f'"{version}"'}
        )
        if response.status_code == 200:
            assert response.headers["etag"] == f'"{version + 1}"'
            return tried
        assert response.status_code in (412, 503), response.text
        if response.status_code == 412:
            problem: dict[str, Any] = response.json()
            assert {"current", "difference"} <= set(problem)
            assert problem["current"]["version"] > version
            version = problem["current"]["version"]
    raise AssertionError("never taken")


def test_fifty_writers_of_one_station_all_get_their_turn(scene: Scene) -> None:
    station = scene.station("own")
    assert scene.version(station) == 1
    path = f"/v1/stations/{station}"
    phones = [f"010-6512{n:04}" for n in range(WRITERS)]

    async def all_at_once() -> list[int]:
        limits = httpx.Limits(max_connections=WRITERS)
        async with httpx.AsyncClient(base_url=scene.union.url, timeout=60, limits=limits) as client:
            return await asyncio.gather(*(write_until_taken(client, scene, path, phone) for phone in phones))

    tries = asyncio.run(all_at_once())
    assert scene.version(station) == 1 + WRITERS
    # they did cross: otherwise nothing is shown
    assert sum(tries) > WRITERS
    revisions = scene.things.sql(
        """SELECT version, before ->> 'phone', after ->> 'phone', actor FROM revision
           WHERE station_id = %s AND version > 1 ORDER BY version""",
        station,
    )
    assert [version for version, *_ in revisions] == list(range(2, WRITERS + 2))
    assert sorted(after for _, _, after, _ in revisions) == phones
    assert {actor for *_, actor in revisions} == {"王芳"}
    # each was made of what the one before it left
    for (_, _, left, _), (_, found, _, _) in pairwise(revisions):
        assert found == left
    assert scene.things.one(REPLAY, station) == scene.things.one(
        "SELECT recorded_fields(s) FROM station AS s WHERE id = %s", station
    )


@pytest.mark.parametrize("version", [0, 2, 7])
def test_a_version_that_is_not_the_present_one_is_refused(scene: Scene, version: int) -> None:
    station = scene.station("own")
    before = scene.things.digest()
    response = scene.union.as_("manager").patch(f"/v1/stations/{station}", {"phone": "1"}, version=version)
    assert response.status_code == 412
    assert response.json()["current"]["version"] == 1
    assert scene.things.digest() == before
