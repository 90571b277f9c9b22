"""Settings: documented to the last one, with the defaults they say, and refused when they cannot be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from geoapi.settings import SECTIONS, DatabaseSettings, NearestSettings, Settings
from tests.conftest import PROJECT

EXAMPLE = (PROJECT / ".env.example").read_text(encoding="utf-8")
KNOWN = {f"GEOAPI_{name.upper()}" for section in SECTIONS for name in section.model_fields}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in KNOWN:
        monkeypatch.delenv(name, raising=False)


def test_the_example_lists_every_setting_and_no_other() -> None:
    assert set(re.findall(r"^(?:# )?(GEOAPI_[A-Z0-9_]+)=", EXAMPLE, re.MULTILINE)) == KNOWN


@pytest.mark.parametrize("doc", ["README.md", "docs/settings.md"])
def test_no_document_names_a_setting_that_is_not_there(doc: str) -> None:
    text = (PROJECT / doc).read_text(encoding="utf-8")
    named = set(re.findall(r"GEOAPI_[A-Z0-9_]*[A-Z0-9]", text))
    assert named <= KNOWN
    if doc == "docs/settings.md":
        assert named == KNOWN


def test_the_example_gives_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in re.findall(r"^(GEOAPI_[A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE):
        monkeypatch.setenv(name, value)
    given = [section().model_dump(exclude={"data_dir"}) for section in SECTIONS]
    for name in KNOWN:
        monkeypatch.delenv(name, raising=False)
    assert given == [section().model_dump(exclude={"data_dir"}) for section in SECTIONS]


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for section in SECTIONS for field in section.model_fields.values())


def test_an_empty_address_means_the_private_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOAPI_DATABASE_URL", "")
    assert Settings().database.database_url is None


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValidationError, match="GEOAPI_MAX_RADIUS_M"):
        NearestSettings(default_radius_m=9000, max_radius_m=8000)
    with pytest.raises(ValidationError, match="postgresql://"):
        DatabaseSettings(database_url="mysql://x")
