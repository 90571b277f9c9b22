"""The private cluster: socket only, its owner's alone, shared by those who need it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from geoapi.db.embedded import LONGEST_SOCKET_FOLDER, PrivateCluster, find_binaries
from geoapi.db.engine import connect, database_address
from geoapi.errors import SetupNeeded
from geoapi.settings import DatabaseSettings
from tests.conftest import PROJECT

USE_IT = """
import sys
from pathlib import Path
from geoapi.db.embedded import PrivateCluster
with PrivateCluster(Path(sys.argv[1]), durable=False).running() as url:
    print(url, flush=True)
    sys.stdin.readline()
"""
USING = [sys.executable, "-c", USE_IT]


def test_socket_only_in_a_folder_of_its_owner(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path / "data", durable=False)
    with cluster.running() as url, psycopg.connect(url) as conn:
        assert conn.execute("SHOW listen_addresses").fetchone() == ("",)
        assert conn.execute("SHOW log_parameter_max_length_on_error").fetchone() == ("0",)
        for folder in (cluster.folder, cluster.data, cluster.sockets):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not cluster.is_running()


def test_what_was_written_is_there_next_time(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path, durable=False)
    with cluster.running() as url, psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 1 AS one")
    with cluster.running() as url, psycopg.connect(url) as conn:
        assert conn.execute("SELECT one FROM kept").fetchone() == (1,)


def test_the_last_to_leave_stops_it(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path, durable=False)
    with subprocess.Popen(
        [*USING, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        url = other.stdout.readline().strip()
        with cluster.running() as same:
            assert same == url
        assert cluster.is_running()
        with psycopg.connect(url) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.wait(30) == 0
    assert not cluster.is_running()


def test_after_a_kill_the_next_one_takes_over(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path, durable=False)
    with subprocess.Popen(
        [*USING, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.kill()
    assert cluster.is_running()
    with cluster.running() as url, psycopg.connect(url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)
    assert not cluster.is_running()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path / ("long" * 30), durable=False)
    assert len(os.fsencode(cluster.sockets)) <= LONGEST_SOCKET_FOLDER
    with cluster.running() as url, psycopg.connect(url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_an_interrupted_beginning_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.making").mkdir()
    (tmp_path / "postgres.making" / "PG_VERSION").write_text("half")
    with PrivateCluster(tmp_path, durable=False).running() as url, psycopg.connect(url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_data_of_another_version_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(SetupNeeded, match="PostgreSQL 9"), PrivateCluster(tmp_path).running():
        pass


def test_no_postgresql_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SetupNeeded) as error:
        find_binaries(roots=("/nonexistent/postgresql",))
    assert "\n" not in error.value.line()
    assert "apt-get install" in error.value.line()


def test_a_configured_server_leaves_the_private_cluster_untouched(server_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "untouched"
    with database_address(DatabaseSettings(database_url=server_url, data_dir=folder)) as url:
        assert url == server_url
    assert not folder.exists()


def test_a_server_that_is_not_there_is_one_clear_line() -> None:
    with pytest.raises(SetupNeeded) as error:
        connect("postgresql:///x?host=/nonexistent")
    assert error.value.field == "GEOAPI_DATABASE_URL"
    assert "\n" not in error.value.line()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_may_keep_its_data_where_others_may_not_go(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with PrivateCluster(closed / "data", durable=False).running() as url, psycopg.connect(url) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_the_set_up_script_finds_what_the_service_finds() -> None:
    """Both look for PostGIS on their own: they must agree, or `make demo` stops half-way."""
    script = (PROJECT / "scripts" / "set-up").read_text()
    body = script[script.index("has_postgis() {") : script.index("\n}\n") + 3]
    found = subprocess.run(["sh", "-c", body + "\nhas_postgis"], check=False)
    assert found.returncode == 0
    assert find_binaries().version >= 13
