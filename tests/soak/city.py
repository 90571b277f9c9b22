"""A small city in a private cluster that forces every commit to the disk, with people who may edit it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg

from geoapi.db.embedded import PrivateCluster
from geoapi.db.migrate import migrate
from tests.api.conftest import fill
from tests.api.managing.conftest import staff


@dataclass(frozen=True)
class City:
    """Its cluster, the ids of the stations that are written to, and the token of who may write to all."""

    cluster: PrivateCluster
    stations: tuple[int, ...]
    token: str

    def connect(self) -> psycopg.Connection:
        """A connection as the owner, whom no wall stops."""
        return psycopg.connect(self.cluster.url, autocommit=True)


def build(folder: Path) -> City:
    """The city in a cluster in `folder`, which does not run yet."""
    cluster = PrivateCluster(folder, durable=True)
    with cluster.running() as url:
        migrate(url)
        ids = fill(url)
        with psycopg.connect(url) as conn:
            _, _, tokens = staff(conn, ids)
            in_use = conn.execute("SELECT id FROM station WHERE retired_at IS NULL ORDER BY id").fetchall()
    return City(cluster, tuple(id_ for (id_,) in in_use), tokens["city_admin"])
