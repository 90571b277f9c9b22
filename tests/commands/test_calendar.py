"""The calendar can be seen, corrected and filled in; opening times follow at once."""

from __future__ import annotations

import psycopg

from tests.commands.conftest import Geoapi


def test_a_corrected_day_is_shown_as_corrected(geoapi: Geoapi) -> None:
    assert geoapi("calendar", "seed", "CN", "2026").returncode == 0
    assert geoapi("calendar", "set", "CN", "2026-12-24", "holiday", "--name", "试验日").returncode == 0
    shown = geoapi("calendar", "show", "CN", "2026").stdout
    assert "2026-10-01" in shown
    line = next(line for line in shown.splitlines() if "2026-12-24" in line)
    assert "holiday" in line
    assert "试验日" in line
    assert "edited" in line


def test_seeding_leaves_corrections_alone(geoapi: Geoapi, db_url: str) -> None:
    geoapi("calendar", "set", "CN", "2026-10-01", "workday")
    assert "364" in geoapi("calendar", "seed", "CN", "2026").stdout
    with psycopg.connect(db_url) as conn:
        row = conn.execute("SELECT day_type FROM calendar_day WHERE day = '2026-10-01'").fetchone()
    assert row == ("workday",)


def test_a_year_that_nobody_announced_is_unknown(geoapi: Geoapi) -> None:
    assert "0" in geoapi("calendar", "seed", "CN", "2031").stdout
    assert "unknown" in geoapi("calendar", "show", "CN", "2031").stdout


def test_an_unknown_jurisdiction_is_one_clear_line(geoapi: Geoapi) -> None:
    done = geoapi("calendar", "seed", "XX", "2026")
    assert done.returncode == 1
    assert "ISO 3166-1" in done.stderr
