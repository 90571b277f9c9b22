"""A mapping that could not work is refused with the key and the mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from geoapi.errors import InvalidMapping
from loaders.mapping import parse_mapping, read_mapping, shipped_mappings
from tests.loaders.files import mapping

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"sauce": {"name": "x"}}, "sauce", "did you mean 'source'"),
    ({"place": {"datum": "gcj03"}}, "place.datum", "not a datum"),
    ({"place": {"datum": "wgs84", "outside": "drop"}}, "place.outside", "keep"),
    ({"place": {"datum": "wgs84", "time_zone": "Beijing"}}, "place.time_zone", "IANA"),
    ({"columns": {"nmae_zh": "x"}}, "", "did you mean 'name_zh'"),
    ({"columns": {"phone": {"template": "电话"}}}, "columns.phone", "names no column"),
    ({"columns": {"phone": {"template": "{电话"}}}, "columns.phone", "unbalanced"),
    ({"constants": {"kind": "care_station"}}, "", "given twice"),
    ({"id": {"columns": "id", "hash_of": "id"}}, "id", "not both"),
    ({"source": {"name": "北京"}}, "source.name", "pattern"),
    ({"file": {"encoding": "utf8000"}}, "file", "unknown"),
    ({"near_duplicate_m": -1}, "near_duplicate_m", "greater"),
]


@pytest.mark.parametrize(("changes", "key", "said"), WRONG)
def test_refused_with_key_and_mend(changes: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(InvalidMapping) as error:
        mapping(**changes)
    assert said in str(error.value)
    assert key in (error.value.field or "")
    assert error.value.mend is not None


def test_what_no_station_can_be_made_from() -> None:
    for missing in ("name_zh", "kind", "lon"):
        content = mapping().as_json()
        del content["columns"][missing]
        with pytest.raises(InvalidMapping, match="nothing says"):
            parse_mapping(content)


def test_the_hash_is_of_the_meaning(tmp_path: Path) -> None:
    plain = '[source]\nname = "ab"\n[place]\ndatum = "wgs84"\n[id]\ncolumns = "id"\n[columns]\n'
    plain += 'name_zh = "n"\nlon = "x"\nlat = "y"\n[constants]\nkind = "care_station"\n'
    (tmp_path / "a.toml").write_text(plain, "utf-8")
    (tmp_path / "b.toml").write_text("# said otherwise\n" + plain.replace('"id"', '["id"]'), "utf-8-sig")
    (tmp_path / "c.toml").write_text(plain.replace("wgs84", "gcj02"), "utf-8")
    a, b, c = (read_mapping(tmp_path / f"{name}.toml").sha256 for name in "abc")
    assert a == b != c


def test_not_toml_and_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("站点 = 1", "utf-8")
    for path in (tmp_path / "a.toml", tmp_path / "none.toml", tmp_path):
        with pytest.raises(InvalidMapping):
            read_mapping(path)


@pytest.mark.parametrize("name", shipped_mappings())
def test_shipped_mappings_read_and_survive_json(name: str) -> None:
    plan = read_mapping(Path(name))
    assert parse_mapping(plan.as_json()) == plan
    assert plan.source.title
    assert plan.source.licence
