"""A private PostgreSQL cluster of the project's own: a unix socket, no TCP, a folder only its owner reads.

Several processes may use one cluster at a time (the service, a load from the command
line). Each holds a shared lock; whoever starts first starts the server, whoever leaves
last stops it. A process that was killed leaves the server running; the next one finds
it and takes it over. A server that was killed is started again by the service (`guarded`), or by
whoever comes next.

PostgreSQL refuses to run as root. Invoked as root, its programs run as the `postgres`
user that the Debian packages create; where that user may not pass through a parent
folder (such as /root, mode 0700) they keep the one capability that lets them.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO
from urllib.parse import quote

from geoapi.db.postmaster import LOCK_FILE, exists, locked_by, orphans_of, postmaster_of
from geoapi.errors import GeoapiError, SetupNeeded, Words

log = logging.getLogger(__name__)

DATABASE = "geoapi"
# what the service connects as (migration 0004): it owns nothing
SERVICE_ROLE = "geoapi_service"
# sun_path holds 107 bytes, and PostgreSQL adds "/.s.PGSQL.5432"
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
SERVER_OPTIONS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    # what is written in this time is what recovery after a crash has to replay
    "checkpoint_timeout": "1min",
    # a statement of a client that was killed ends, and lets its locks go
    "client_connection_check_interval": "1s",
    "random_page_cost": "1.1",
    "max_connections": "60",
    # compiling a plan takes longer than any question asked here
    "jit": "off",
    "log_min_messages": "warning",
    # a statement's parameters are people's positions: never written down
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
NOT_DURABLE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
OPTIONS_FILE = "postgresql.auto.conf"
# by version, those that came later
OPTIONS_SINCE = {"client_connection_check_interval": 14}
# how long a server may take to be ready: it may have much to replay
STARTING_S = 60
# orphans are killed; the system may take a moment to take them away
ORPHANS_GONE_S = 10
LOOK_EVERY_S = 0.1
LOOK_AGAIN_S = 0.02
# after a start that failed; doubled each time
TRY_AGAIN_S = 0.5
TRY_AGAIN_AT_MOST_S = 10.0
INSTALL = Words(
    "请安装 PostgreSQL 与 PostGIS:apt-get install postgresql postgis,或用 GEOAPI_DATABASE_URL 指定数据库",
    "install both with `apt-get install postgresql postgresql-15-postgis-3`, or name a server in "
    "GEOAPI_DATABASE_URL",
)


@dataclass(frozen=True)
class Binaries:
    """Where one installed PostgreSQL with PostGIS keeps its programs."""

    folder: Path
    version: int

    def __getitem__(self, program: str) -> str:
        return str(self.folder / program)


def find_binaries(roots: tuple[str, ...] = ("/usr/lib/postgresql", "/usr/pgsql")) -> Binaries:
    """The newest PostgreSQL on the machine that has PostGIS; `SetupNeeded` says what is missing."""
    folders = [path for root in roots for path in Path(root).parent.glob(f"{Path(root).name}*/*/bin")]
    folders += [path for root in roots for path in Path(root).parent.glob(f"{Path(root).name}-*/bin")]
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    found: list[Binaries] = []
    for folder in folders:
        if not (folder / "initdb").exists() or not (folder / "pg_ctl").exists():
            continue
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
        if match := re.search(r"(\d+)", said):
            found.append(Binaries(folder, int(match[1])))
    if not found:
        raise SetupNeeded(Words("本机没有 PostgreSQL", "PostgreSQL is not installed"), mend=INSTALL)
    for binaries in sorted(found, key=lambda one: -one.version):
        share = subprocess.run(
            [binaries["pg_config"], "--sharedir"]
            if Path(binaries["pg_config"]).exists()
            else ["pg_config", "--sharedir"],
            capture_output=True,
            text=True,
        ).stdout.strip()
        candidates = [Path(share), Path(f"/usr/share/postgresql/{binaries.version}")]
        if any((path / "extension" / "postgis.control").exists() for path in candidates):
            return binaries
    versions = ", ".join(str(one.version) for one in found)
    raise SetupNeeded(
        Words(
            f"PostgreSQL {versions} 没有 PostGIS 扩展", f"PostgreSQL {versions} is here, but PostGIS is not"
        ),
        mend=INSTALL,
    )


class PrivateCluster:
    """The cluster kept in `folder` (created on first use)."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """`durable=False` switches fsync off: for clusters that tests throw away."""
        self.folder = folder.expanduser().absolute()
        self.durable = durable

    @cached_property
    def binaries(self) -> Binaries:
        return find_binaries()

    @property
    def data(self) -> Path:
        return self.folder / "postgres"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def sockets(self) -> Path:
        """The folder of the socket: the cluster's own, or a short one where its path is too long."""
        own = self.data / "socket"
        if len(os.fsencode(own)) <= LONGEST_SOCKET_FOLDER:
            return own
        digest = hashlib.sha256(os.fsencode(own)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"geoapi-{digest}"

    @property
    def url(self) -> str:
        """The libpq address of the cluster's one database."""
        return self._url(self.owner)

    @property
    def service_url(self) -> str:
        """The same database for the service, which connects as a role without any ownership."""
        return self._url(SERVICE_ROLE)

    def _url(self, role: str) -> str:
        return (
            f"postgresql:///{DATABASE}?host={quote(str(self.sockets), safe='/')}&user={quote(role, safe='')}"
        )

    @cached_property
    def owner(self) -> str:
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid()).pw_name
        try:
            return pwd.getpwnam("postgres").pw_name
        except KeyError:
            raise SetupNeeded(
                Words("以 root 运行时需要 postgres 用户", "running as root needs the user `postgres`"),
                mend=INSTALL,
            ) from None

    @contextmanager
    def running(self, *, guarded: bool = False) -> Iterator[str]:
        """The address of the running server; the last user to leave stops it.

        `guarded`: a server that ends before is started again, by a thread of this process.
        Raises `SetupNeeded` when PostgreSQL or PostGIS is missing, or does not start.
        """
        self._make_folder()
        with (self.folder / "users.lock").open("a") as users, (self.folder / "start.lock").open("a") as turn:
            try:
                with _locked(turn, fcntl.LOCK_EX):
                    fcntl.flock(users, fcntl.LOCK_SH)
                    self._create()
                    self._start()
                with self._guarded() if guarded else nullcontext():
                    yield self.url
            finally:
                with _locked(turn, fcntl.LOCK_EX):
                    if _alone(users):
                        self._stop()

    def is_running(self) -> bool:
        return postmaster_of(self.data) is not None

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        leaving = threading.Event()
        guard = threading.Thread(target=self._guard, args=[leaving], name="postgres-guard", daemon=True)
        guard.start()
        try:
            yield
        finally:
            leaving.set()
            guard.join()

    def _guard(self, leaving: threading.Event) -> None:
        """Start the server again whenever it is gone, until `leaving`.

        It is nobody's child (`pg_ctl` lets it go, and it may have been found running), so nobody is told
        of its end: one look into the process table every tenth of a second is enough.
        """
        pause_s = LOOK_EVERY_S
        while not leaving.wait(pause_s):
            if self.is_running():
                pause_s = LOOK_EVERY_S
                continue
            try:
                began = time.monotonic()
                # a handle of its own: another process may be at it, or about to stop the server
                with (self.folder / "start.lock").open("a") as turn, _locked(turn, fcntl.LOCK_EX):
                    if leaving.is_set() or self.is_running():
                        continue
                    log.warning("PostgreSQL is gone; starting it again")
                    self._start()
                log.warning("PostgreSQL is back after %.1f s", time.monotonic() - began)
            except (GeoapiError, OSError) as error:
                log.error("%s", error.line() if isinstance(error, GeoapiError) else error)
                pause_s = min(TRY_AGAIN_AT_MOST_S, max(TRY_AGAIN_S, 2 * pause_s))

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            if os.geteuid() == 0:
                # the folder itself belongs to the server's user; root passes anyway
                shutil.chown(self.folder, self.owner)
        except OSError as error:
            raise SetupNeeded(
                Words(
                    f"无法使用数据目录 {self.folder}",
                    f"cannot use the data folder {self.folder}: {error.strerror}",
                ),
                field="GEOAPI_DATA_DIR",
                mend=Words("换一个可写的目录", "name a folder that you may write to"),
            ) from error

    def _create(self) -> None:
        if (self.data / "PG_VERSION").exists():
            made_by = int((self.data / "PG_VERSION").read_text().split(".")[0])
            if made_by != self.binaries.version:
                raise SetupNeeded(
                    Words(
                        f"数据目录由 PostgreSQL {made_by} 创建，本机是 {self.binaries.version}",
                        f"the data are PostgreSQL {made_by}'s, this machine has {self.binaries.version}",
                    ),
                    field="GEOAPI_DATA_DIR",
                    mend=Words("安装原版本，或换一个目录", "install that version, or name another folder"),
                )
            return
        # initdb in a folder beside, moved into place when whole: a kill leaves nothing half-made
        making = self.data.with_name("postgres.making")
        if making.exists():
            shutil.rmtree(making)
        self._run(
            "initdb", "-D", making, "--auth=peer" if os.geteuid() != 0 else "--auth=trust",
            "--encoding=UTF8", "--locale=C.UTF-8", f"--username={self.owner}", "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        )  # fmt: skip
        # what ALTER SYSTEM would write; what is missing of ours is added before each start
        (making / OPTIONS_FILE).write_text("" if self.durable else NOT_DURABLE)
        making.rename(self.data)

    def _set_options(self) -> None:
        """Give the server the options that its cluster was made before; those set otherwise stay."""
        path = self.data / OPTIONS_FILE
        text = path.read_text(encoding="utf-8")
        set_already = {line.split("=")[0].strip() for line in text.splitlines()}
        missing = [
            f"{name} = {value}\n"
            for name, value in SERVER_OPTIONS.items()
            if name not in set_already and OPTIONS_SINCE.get(name, 0) <= self.binaries.version
        ]
        if missing:
            self._write(path, text + "".join(missing))

    def _write(self, path: Path, text: str) -> None:
        """Replace a file of the server's by a new one moved into place: a kill leaves the old or the new."""
        beside = path.with_name(f"{path.name}.new")
        beside.write_text(text, encoding="utf-8")
        if os.geteuid() == 0:
            shutil.chown(beside, self.owner)
        beside.chmod(0o600)
        beside.rename(path)

    def _admit(self) -> bool:
        """Let the owner in as itself and as the service's role, nobody else; whether that was new.

        As root the server's socket folder, which only its user and root may enter, is the wall.
        """
        how = "peer map=geoapi" if os.geteuid() != 0 else "trust"
        changed = False
        for name, text in {
            "pg_hba.conf": f"local all all {how}\n",
            # in quotes: an owner's name may hold what means something here
            "pg_ident.conf": "".join(
                f'geoapi "{self.owner}" "{role}"\n' for role in (self.owner, SERVICE_ROLE)
            ),
        }.items():
            path = self.data / name
            if path.read_text(encoding="utf-8") != text:
                self._write(path, text)
                changed = True
        return changed

    def _start(self) -> None:
        admitted = self._admit()
        if self.is_running():
            if admitted:
                self._run("pg_ctl", "reload", "-s", "-D", self.data)
        else:
            self._bury()
            self._set_options()
            self.sockets.mkdir(mode=0o700, exist_ok=True)
            self.sockets.chmod(0o700)
            if os.geteuid() == 0:
                shutil.chown(self.sockets, self.owner)
            started = self._run(
                "pg_ctl", "start", "-w", "-t", str(STARTING_S), "-s", "-D", self.data, "-l", self.log,
                "-o", f"-k '{self.sockets}'", check=False,
            )  # fmt: skip
            if started.returncode != 0:
                raise self._not_started(started.stderr.strip())
        # one found running may be recovering from the end of one of its processes
        self._wait_until_ready()
        if DATABASE not in self._psql("postgres", "SELECT datname FROM pg_database").split():
            self._psql("postgres", f"CREATE DATABASE {DATABASE}")

    def _bury(self) -> None:
        """Remove what a killed server left that would keep a new one from starting."""
        uid = pwd.getpwnam(self.owner).pw_uid
        patience_ends = time.monotonic() + ORPHANS_GONE_S
        while (orphans := orphans_of(self.data, uid=uid)) and time.monotonic() < patience_ends:
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(LOOK_AGAIN_S)
        for lock_file in (self.data / LOCK_FILE, self.sockets / ".s.PGSQL.5432.lock"):
            named = locked_by(lock_file)
            # PostgreSQL takes a zombie, or whoever has the number now, for a server that is running
            if named is not None and exists(named):
                lock_file.unlink(missing_ok=True)

    def _wait_until_ready(self) -> None:
        patience_ends = time.monotonic() + STARTING_S
        while self._run("pg_isready", "-q", "-h", self.sockets, check=False).returncode != 0:
            if not self.is_running() or time.monotonic() > patience_ends:
                raise self._not_started("it does not accept connections")
            time.sleep(LOOK_AGAIN_S)

    def _not_started(self, said: str) -> SetupNeeded:
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return SetupNeeded(
            Words("PostgreSQL 没有启动", f"PostgreSQL did not start: {(lines or [said])[-1]}"),
            mend=Words(f"日志:{self.log}", f"its log is {self.log}"),
        )

    def _stop(self) -> None:
        self._run("pg_ctl", "stop", "-w", "-s", "-m", "fast", "-D", self.data, check=False)

    def _psql(self, database: str, sql: str) -> str:
        return self._run(
            "psql", "-X", "-A", "-t", "-q", "-h", self.sockets, "-U", self.owner, "-d", database, "-c", sql
        ).stdout

    def _run(
        self, program: str, *arguments: str | Path, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        command = [*self._as_owner, self.binaries[program], *map(str, arguments)]
        # files, not pipes: the server inherits what pg_ctl had, and a pipe would wait for it for ever
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd="/")
            out.seek(0)
            err.seek(0)
            result = subprocess.CompletedProcess(command, done.returncode, out.read(), err.read())
        if check and result.returncode != 0:
            said = (result.stderr or result.stdout).strip().splitlines() or [
                f"exit status {result.returncode}"
            ]
            raise SetupNeeded(
                Words(f"{program} 失败", f"{program} failed: {said[-1]}"),
                mend=Words(f"数据目录:{self.folder}", f"the data folder is {self.folder}"),
            )
        return result

    @cached_property
    def _as_owner(self) -> list[str]:
        """The command that turns root into the server's user, or nothing for anybody else."""
        if os.geteuid() != 0:
            return []
        user = pwd.getpwnam(self.owner)
        become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups"]
        if not _passable(self.folder.parent, user.pw_uid):
            become += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        return become


def _passable(folder: Path, uid: int) -> bool:
    """Whether the user may pass through every folder down to this one, as far as mode bits tell."""
    for path in (folder, *folder.parents):
        status = path.stat()
        if not status.st_mode & (stat.S_IXUSR if status.st_uid == uid else stat.S_IXOTH):
            return False
    return True


@contextmanager
def _locked(file: IO[str], how: int) -> Iterator[None]:
    fcntl.flock(file, how)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _alone(users: IO[str]) -> bool:
    """Whether nobody else holds the shared lock (which this then holds exclusively)."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
