"""What every test may use: a PostgreSQL of the run's own, and the real input files where they are.

The real input lies beside the project, in ../shared/data, and need not be there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from geoapi.db.embedded import PrivateCluster
from geoapi.db.migrate import migrate

PROJECT = Path(__file__).resolve().parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"

needs_shared_data = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the real input files of ../shared/data are not beside the project"
)

_numbers = count(1)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty migrated database, on a server thrown away with the run."""
    with PrivateCluster(tmp_path_factory.mktemp("cluster"), durable=False).running() as url:
        migrate(url)
        yield url


@pytest.fixture
def db_url(server_url: str) -> Iterator[str]:
    """The address of a migrated database of this test's own."""
    with clone(server_url) as url:
        yield url


@contextmanager
def clone(server_url: str, *, template: str | None = None) -> Iterator[str]:
    """The address of a copy of the migrated database (or of `template`'s), dropped afterwards."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(_address(server_url, "postgres"), autocommit=True) as admin:
        copied = _name(template or server_url)
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {copied}")
        yield _address(server_url, name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def conn(db_url: str) -> Iterator[psycopg.Connection]:
    """A connection to a migrated database of this test's own; nothing is committed for you."""
    with psycopg.connect(db_url) as connection:
        yield connection
        connection.rollback()


def _address(server_url: str, database: str) -> str:
    return server_url.replace(f"/{_name(server_url)}?", f"/{database}?")


def _name(url: str) -> str:
    """Of the database that the address is of."""
    return urlsplit(url).path.strip("/")
