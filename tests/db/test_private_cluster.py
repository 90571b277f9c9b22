"""The private cluster: socket only, its owner's alone, shared by those who need it."""

from __future__ import annotations

import os
import pwd
import signal
import stat
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from geoapi.db.embedded import LONGEST_SOCKET_FOLDER, SERVICE_ROLE, PrivateCluster, find_binaries
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.db.postmaster import orphans_of, postmaster_of
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


# A server that is killed ------------------------------------------------------------------------

# a loop that looks at no latch, so that it does not notice that its server is gone
KEEP_BUSY = "SELECT count(*) FROM generate_series(1, 200000000) AS a WHERE sqrt(a) < 0"
IS_BUSY = """
SELECT FROM pg_stat_activity
WHERE state = 'active' AND query LIKE '%generate_series%' AND pid <> pg_backend_pid()
"""


def server_of(cluster: PrivateCluster) -> int:
    pid = postmaster_of(cluster.data)
    assert pid is not None
    return pid


def keep_busy(url: str) -> None:
    with psycopg.connect(url) as conn:
        conn.execute(KEEP_BUSY)


def until(reached: Callable[[], object]) -> None:
    """Returns once it is so."""
    patience_ends = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < patience_ends
        time.sleep(0.01)


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as conn:
            return conn.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_a_guarded_server_that_is_killed_is_started_again(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path, durable=False)
    with cluster.running(guarded=True) as url:
        for _ in range(2):
            killed = server_of(cluster)
            os.kill(killed, signal.SIGKILL)
            until(lambda killed=killed: postmaster_of(cluster.data) not in (None, killed))  # type: ignore[misc]
            until(lambda: answers(url))
    # and is stopped for good by whoever leaves last
    assert not cluster.is_running()


def test_a_server_that_is_killed_stays_so_where_nobody_guards_it(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path, durable=False)
    with cluster.running():
        os.kill(server_of(cluster), signal.SIGKILL)
        until(lambda: not cluster.is_running())
        # the next one finds it dead
        with PrivateCluster(tmp_path, durable=False).running() as url:
            assert answers(url)


def test_orphans_that_hold_the_shared_memory_are_in_nobodys_way(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path, durable=False)
    with cluster.running(guarded=True) as url, ThreadPoolExecutor(1) as beside:
        with psycopg.connect(url, autocommit=True) as conn:
            busy = beside.submit(keep_busy, url)
            until(lambda: conn.execute(IS_BUSY).fetchone() is not None)
        killed = server_of(cluster)
        os.kill(killed, signal.SIGKILL)
        until(lambda: postmaster_of(cluster.data) not in (None, killed))
        until(lambda: answers(url))
        assert isinstance(busy.exception(30), psycopg.OperationalError)
    assert not cluster.is_running()


def test_a_backend_that_is_killed_is_recovered_from(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path, durable=False)
    with cluster.running(guarded=True) as url:
        killed = server_of(cluster)
        with psycopg.connect(url) as conn:
            os.kill(conn.info.backend_pid, signal.SIGKILL)
            # the service that starts at this moment waits until the server has recovered
            with PrivateCluster(tmp_path, durable=False).running() as same:
                assert answers(same)
        assert server_of(cluster) == killed


def test_a_number_that_is_somebody_elses_now_is_no_server(tmp_path: Path) -> None:
    """After a machine or a container starts anew, the lock file names whoever has the number now."""
    cluster = PrivateCluster(tmp_path, durable=False)
    with cluster.running():
        lock_file = cluster.data / "postmaster.pid"
        left = lock_file.read_text().split("\n")
        socket_lock = cluster.sockets / ".s.PGSQL.5432.lock"
        os.kill(server_of(cluster), signal.SIGKILL)
        until(lambda: not cluster.is_running())
        as_server = [*cluster._as_owner, "sleep", "60"]
        with subprocess.Popen(as_server) as somebody:
            try:
                for path in (lock_file, socket_lock):
                    path.write_text("\n".join([str(somebody.pid), *left[1:]]))
                assert not cluster.is_running()
                with PrivateCluster(tmp_path, durable=False).running() as url:
                    assert answers(url)
                assert somebody.poll() is None
            finally:
                somebody.kill()


def test_processes_of_other_clusters_are_left_alone(tmp_path: Path) -> None:
    ours, theirs = (PrivateCluster(tmp_path / name, durable=False) for name in ("ours", "theirs"))
    with ours.running(), theirs.running() as url, psycopg.connect(url) as conn:
        uid = ours.data.stat().st_uid
        os.kill(server_of(theirs), signal.SIGSTOP)
        try:
            assert orphans_of(ours.data, uid=uid) == []
            assert orphans_of(theirs.data, uid=uid) == []
        finally:
            os.kill(server_of(theirs), signal.SIGCONT)
        assert conn.execute("SELECT 1").fetchone() == (1,)


# A cluster that the version before has made -----------------------------------------------------

AS_BEFORE = ("# as initdb wrote it\nlocal all all {how}\n", "")


def as_before(cluster: PrivateCluster) -> None:
    """Make the cluster what the version before left: no map, none of the later options."""
    how = "trust" if os.geteuid() == 0 else "peer"
    for name, text in zip(("pg_hba.conf", "pg_ident.conf"), AS_BEFORE, strict=True):
        (cluster.data / name).write_text(text.format(how=how))
    options = cluster.data / "postgresql.auto.conf"
    kept = [line for line in options.read_text().splitlines() if "client_connection" not in line]
    options.write_text("\n".join([*kept, "work_mem = 7MB", ""]))


def test_a_cluster_of_the_version_before_lets_the_service_in(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path, durable=False)
    with cluster.running() as url:
        migrate(url)
    as_before(cluster)
    with cluster.running() as url:
        with psycopg.connect(cluster.service_url) as conn:
            assert conn.execute("SELECT current_user").fetchone() == (SERVICE_ROLE,)
        with psycopg.connect(url) as conn:
            # ours where it was missing, theirs where they chose
            assert conn.execute("SHOW client_connection_check_interval").fetchone() == ("1s",)
            assert conn.execute("SHOW work_mem").fetchone() == ("7MB",)


def test_one_that_still_runs_is_told_of_it(tmp_path: Path) -> None:
    cluster = PrivateCluster(tmp_path, durable=False)
    with cluster.running() as url:
        migrate(url)
        as_before(cluster)
        with PrivateCluster(tmp_path, durable=False).running():
            until(lambda: answers(cluster.service_url))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(
    "test",
    [
        test_a_cluster_of_the_version_before_lets_the_service_in,
        test_one_that_still_runs_is_told_of_it,
        test_orphans_that_hold_the_shared_memory_are_in_nobodys_way,
    ],
)
def test_as_an_ordinary_user(test: Callable[[Path], None], server_url: str) -> None:
    """Most people are no root: a cluster lets its own user in, as itself and as the service's role.

    A copy of this process becomes that user. It may not be let into where its modules are: `server_url`
    has had all of them read.
    """
    nobody = pwd.getpwnam("nobody")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder, warnings.catch_warnings():
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        # from 3.12 on, a fork beside threads: this one starts none that it had
        warnings.simplefilter("ignore", DeprecationWarning)
        copy = os.fork()
        if copy == 0:
            status = 1
            try:
                os.setgroups([])
                os.setgid(nobody.pw_gid)
                os.setuid(nobody.pw_uid)
                test(Path(folder))
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        _, ended = os.waitpid(copy, 0)
    assert os.waitstatus_to_exitcode(ended) == 0
