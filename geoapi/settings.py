"""Settings, by concern. Every one is an environment variable named in `.env.example`.

Build them once with `Settings()` and pass them on. A value that cannot be used raises
pydantic's `ValidationError`, which the command line turns into one line.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class _Section(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="GEOAPI_", env_file=".env", extra="ignore", frozen=True)


def default_data_dir() -> Path:
    """`.data` beside the project when run from a checkout, else the user's data folder."""
    project = Path(__file__).resolve().parents[1]
    if (project / "pyproject.toml").exists():
        return project / ".data"
    return Path(os.environ.get("XDG_DATA_HOME", "~/.local/share")).expanduser() / "geoapi"


class DatabaseSettings(_Section):
    """Where the data is, and how patiently to wait for it."""

    database_url: str | None = Field(None, description="libpq address; unset: a private cluster is run")
    service_database_url: str | None = Field(
        None, description="libpq address as the role geoapi_service; unset: the owner's, become that role"
    )
    data_dir: Path = Field(default_factory=default_data_dir, description="folder of the private cluster")
    pool_size: int = Field(10, ge=1, le=500, description="connections per worker process")
    pool_wait_s: float = Field(1.0, gt=0, le=60, description="longest wait for a connection, then 503")
    pool_max_waiting: int = Field(100, ge=1, description="requests that may wait at once, then 503")
    statement_timeout_ms: int = Field(5000, ge=100, description="longest a request's statement may run")

    @field_validator("database_url", "service_database_url")
    @classmethod
    def _plain_libpq(cls, url: str | None) -> str | None:
        if url is None or url.strip() == "":
            return None
        if not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        return url


class ServiceSettings(_Section):
    """How the service listens."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, le=64, description="worker processes")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level logged")
    web_dir: Path | None = Field(None, description="folder of the built pages; unset: the package's own")


class WalkingSettings(_Section):
    """How a straight line becomes minutes on foot."""

    walk_speed_m_s: float = Field(1.2, gt=0.1, le=5, description="walking speed, metres a second")
    detour_factor: float = Field(1.3, ge=1, le=3, description="metres walked per metre of straight line")

    @property
    def seconds_per_metre(self) -> float:
        """Seconds on foot for each metre of straight-line distance."""
        return self.detour_factor / self.walk_speed_m_s


class NearestSettings(_Section):
    """Defaults and bounds of the nearest question."""

    default_radius_m: float = Field(5000, gt=0, description="radius when none is asked for, metres")
    max_radius_m: float = Field(50_000, gt=0, description="largest radius that may be asked for, metres")
    default_limit: int = Field(10, ge=1, description="stations answered when no limit is asked for")
    max_limit: int = Field(50, ge=1, le=500, description="most stations that may be asked for")
    default_stay_minutes: int = Field(15, ge=0, description="how long it must stay open after arrival")

    @model_validator(mode="after")
    def _defaults_within_bounds(self) -> NearestSettings:
        if self.default_radius_m > self.max_radius_m:
            raise ValueError("GEOAPI_DEFAULT_RADIUS_M must not exceed GEOAPI_MAX_RADIUS_M")
        if self.default_limit > self.max_limit:
            raise ValueError("GEOAPI_DEFAULT_LIMIT must not exceed GEOAPI_MAX_LIMIT")
        return self


class ScheduleSettings(_Section):
    """How far ahead opening times are worked out, and how soon changes are seen."""

    horizon_days: int = Field(14, ge=1, le=60, description="days ahead that can be asked about")
    refresh_s: float = Field(15, gt=0, le=3600, description="seconds between looks for changes")


class CoverageSettings(_Section):
    """Defaults and bounds of the planners' questions."""

    default_within: str = Field("15min", description="limit when none is asked for: 800m, 15min")
    max_within_m: float = Field(20_000, gt=0, le=100_000, description="longest limit, metres walked")
    cell_size_m: float = Field(250, ge=50, le=5000, description="cell of the grid where no demand is loaded")
    max_cells: int = Field(2_000_000, ge=1, description="most demand points of one question")
    max_pairs: int = Field(10_000_000, ge=1, description="most pairs of point and place within reach")
    max_changes: int = Field(1000, ge=1, le=100_000, description="most changes of one what-if")
    max_sites: int = Field(100, ge=1, le=1000, description="most sites or extensions of one question")
    max_candidates: int = Field(20_000, ge=1, description="most places a site is chosen from")
    exact_time_limit_s: float = Field(30, gt=0, le=3600, description="longest the exact solver may take")
    coverage_processes: int = Field(2, ge=1, le=256, description="processes that work out coverage")
    coverage_cache_mb: int = Field(256, ge=0, description="memory for what was worked out before, MB")
    coverage_timeout_ms: int = Field(60_000, ge=1000, description="longest a planner's statement may run")


def https_or_loopback(address: str) -> bool:
    """Whether what is sent to this address nobody on the way can read: https, or this very machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1"))


class AccountSettings(_Section):
    """How people sign in, and for how long."""

    public_url: str | None = Field(
        None, description="address people reach the service at (https://…); unset: as each request has it"
    )
    trusted_proxies: str = Field(
        "", description="addresses of proxies whose X-Forwarded-For is believed, by comma; empty: none"
    )
    session_days: float = Field(30, gt=0, le=400, description="days a sign-in lasts")
    invitation_hours: float = Field(72, gt=0, le=2160, description="hours an invitation or recovery is good")
    password_min_length: int = Field(10, ge=8, le=64, description="shortest password")
    password_threads: int = Field(2, ge=1, le=64, description="passwords checked at once")
    oidc_issuer: str | None = Field(None, description="issuer of an OpenID Connect provider; unset: none")
    oidc_client_id: str | None = Field(None, description="the service's client id there")
    oidc_client_secret: str | None = Field(None, description="and its secret; unset: a public client")
    oidc_name: str | None = Field(
        None, max_length=50, description="what people call the provider; unset: the host of its issuer"
    )

    @field_validator("oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_name")
    @classmethod
    def _empty_is_none(cls, value: str | None) -> str | None:
        return value or None

    @model_validator(mode="after")
    def _whole_provider(self) -> AccountSettings:
        if self.oidc_issuer is not None:
            if not https_or_loopback(self.oidc_issuer) or "?" in self.oidc_issuer:
                raise ValueError("GEOAPI_OIDC_ISSUER must be https://… (http:// on this machine only)")
            if self.oidc_client_id is None:
                raise ValueError("GEOAPI_OIDC_ISSUER needs GEOAPI_OIDC_CLIENT_ID")
        return self

    @field_validator("public_url")
    @classmethod
    def _plain_address(cls, url: str | None) -> str | None:
        if url is None or url.strip() == "":
            return None
        if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", url.rstrip("/")):
            raise ValueError("must be http(s)://host without a path")
        return url.rstrip("/")


class EditingSettings(_Section):
    """How stations are edited."""

    write_connections: int = Field(4, ge=1, le=100, description="connections for writing, per worker process")
    write_wait_s: float = Field(10, gt=0, le=120, description="longest a write waits for its turn, then 503")
    move_limit_m: float = Field(300, ge=0, description="a longer move asks for approval, metres")
    idempotency_hours: float = Field(24, gt=0, le=720, description="hours an Idempotency-Key is remembered")
    unverified_days: int = Field(180, ge=1, description="days after which a station asks for confirmation")
    warning_reports: int = Field(3, ge=1, description="independent reports from which an answer warns")
    warning_days: int = Field(14, ge=1, description="days a worker's report counts towards a warning")


class PackSettings(_Section):
    """The packs that phones answer from when they are offline."""

    pack_margin_m: float = Field(
        5000, ge=0, le=50_000, description="metres around a district that its pack has all stations of"
    )
    pack_fresh_s: float = Field(
        5, ge=0, le=3600, description="seconds between looks whether a pack has changed"
    )


class MapSettings(_Section):
    """What maps are drawn on, and what is kept of them."""

    basemap: str | None = Field(
        None, description="a MapLibre style (….json) or raster tiles ({z}/{x}/{y}) under ours; unset: none"
    )
    basemap_datum: Literal["wgs84", "gcj02", "bd09"] = Field("wgs84", description="datum that it is drawn in")
    basemap_attribution: str | None = Field(None, description="whom to name for it, on the map")
    basemap_hosts: str = Field("", description="further hosts that its style asks (https://…), by comma")
    tile_cache_mb: int = Field(64, ge=0, description="memory for vector tiles, per worker process, MB")

    @field_validator("basemap_attribution")
    @classmethod
    def _none_is_none(cls, value: str | None) -> str | None:
        return (value or "").strip() or None

    @field_validator("basemap")
    @classmethod
    def _style_or_tiles(cls, address: str | None) -> str | None:
        if address is None or address.strip() == "":
            return None
        if origin_of(address) is None:
            raise ValueError("must be http(s)://host…, without spaces, quotes, commas or semicolons")
        path = urlsplit(address).path
        marks = sum(mark in address for mark in ("{z}", "{x}", "{y}"))
        if marks not in (0, 3) or re.search(r"\{(?![zxy]\})", address):
            raise ValueError("must have {z}, {x} and {y}, each, and no other mark, or none for a style")
        if marks == 0 and not path.endswith(".json"):
            raise ValueError("must be a style, ….json, or tiles, with {z}, {x} and {y}")
        return address

    @field_validator("basemap_hosts")
    @classmethod
    def _origins(cls, hosts: str) -> str:
        given = [host.strip().rstrip("/") for host in hosts.split(",") if host.strip()]
        if wrong := [host for host in given if origin_of(host) != host]:
            raise ValueError(f"must be http(s)://host each, without a path: not {wrong[0]!r}")
        return ",".join(given)

    @property
    def basemap_is_tiles(self) -> bool:
        """Whether the base map is raster tiles, and not a style."""
        return self.basemap is not None and "{z}" in self.basemap

    @property
    def basemap_origins(self) -> tuple[str, ...]:
        """Where browsers ask for the base map, `scheme://host[:port]` each: what a page's policy must let
        them connect to and draw pictures from. Nothing without a base map."""
        if self.basemap is None:
            return ()
        own = origin_of(self.basemap)
        assert own is not None
        return tuple(dict.fromkeys((own, *filter(None, self.basemap_hosts.split(",")))))


def origin_of(address: str) -> str | None:
    """`scheme://host[:port]` of an http(s) address that a security policy may name; None for any other."""
    if not re.fullmatch(r"""https?://[A-Za-z0-9.\-]+(:\d{1,5})?([/?][^\s"'<>;,\\^`|]*)?""", address):
        return None
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


SECTIONS = (
    DatabaseSettings,
    ServiceSettings,
    WalkingSettings,
    NearestSettings,
    ScheduleSettings,
    CoverageSettings,
    AccountSettings,
    EditingSettings,
    PackSettings,
    MapSettings,
)


class Settings:
    """All sections, each read from the environment once."""

    def __init__(
        self,
        *,
        database: DatabaseSettings | None = None,
        service: ServiceSettings | None = None,
        walking: WalkingSettings | None = None,
        nearest: NearestSettings | None = None,
        schedule: ScheduleSettings | None = None,
        coverage: CoverageSettings | None = None,
        accounts: AccountSettings | None = None,
        editing: EditingSettings | None = None,
        pack: PackSettings | None = None,
        map: MapSettings | None = None,
    ) -> None:
        self.database = database or DatabaseSettings()
        self.service = service or ServiceSettings()
        self.walking = walking or WalkingSettings()
        self.nearest = nearest or NearestSettings()
        self.schedule = schedule or ScheduleSettings()
        self.coverage = coverage or CoverageSettings()
        self.accounts = accounts or AccountSettings()
        self.editing = editing or EditingSettings()
        self.pack = pack or PackSettings()
        self.map = map or MapSettings()

    @cached_property
    def private_cluster_wanted(self) -> bool:
        """Whether the service is to run its own PostgreSQL."""
        return self.database.database_url is None
