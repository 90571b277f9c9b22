"""The application: its parts, put together. The only module that imports `geoapi.api`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import Scope

from geoapi import problems
from geoapi.api import (
    auth,
    districts,
    docs_page,
    health,
    me,
    metrics,
    nearest,
    oidc,
    pack,
    pages,
    stations,
    words,
)
from geoapi.api.access_log import AccessLog
from geoapi.api.dependencies import Service
from geoapi.api.editing import (
    closures,
    details,
    history,
    hours_preview,
    lifecycle,
    outages,
    planned,
)
from geoapi.api.editing import reports as workers_reports
from geoapi.api.limits import RequestLimits
from geoapi.api.manage import accounts, events, loads, organisations, overrides, quarantine, reports, review
from geoapi.api.manage import stations as managed_stations
from geoapi.api.map import overview as map_overview
from geoapi.api.map import tilejson, tiles
from geoapi.api.openapi import TAGS, openapi_document
from geoapi.api.planning import (
    coverage,
    distances,
    extensions,
    gaps,
    layers,
    report,
    sites,
    supply,
    targets,
    what_if,
)
from geoapi.api.planning import stations as planning_stations
from geoapi.api.security_headers import SecurityHeaders
from geoapi.coverage.runners import Runner
from geoapi.db.engine import Database
from geoapi.db.writer import Writer
from geoapi.editing.quarantine import Loading
from geoapi.editing.upkeep import Upkeep
from geoapi.queries.catalog import CatalogCache
from geoapi.queries.pack.keeper import Packs
from geoapi.queries.pack.snapshot import PackRules
from geoapi.queries.planning.desk import Desk
from geoapi.queries.reports import WarningRule
from geoapi.queries.status import WindowCache
from geoapi.schedule.keeper import keep_current
from geoapi.settings import Settings
from geoapi.web import BUILT
from loaders.quarantine import columns_of, try_rows

PLANNING = (
    coverage, distances, gaps, sites, extensions, supply, targets, planning_stations, what_if, layers, report
)  # fmt: skip
EDITING = (details, closures, outages, planned, history, lifecycle, workers_reports, hours_preview)
MANAGING = (
    managed_stations, reports, review, overrides, organisations, accounts, events, loads, quarantine
)  # fmt: skip
SIGNING_IN = (auth, oidc, me)
# the api knows no loaders: what administrators need of them is handed to it
LOADING = Loading(try_rows, columns_of)
MAPS = (map_overview, tilejson, tiles)

DESCRIPTION = """
城市职工关爱设施的空间服务：职工暖心驿站、公共区域职工之家、母婴关爱室、职工心灵驿站。
到达时开着的、最近的一处在哪里。

*Where is the nearest care facility that is open when I get there, and has what I need?*

坐标系由 `crs` 声明，答复用同一坐标系。开放状态分开放、关闭、**不确定**三种；不确定的另列，从不混入。
Positions are answered in the datum they were asked in. Hours are open, closed or **unknown**;
the unknown are listed apart.
"""


def create_app(
    settings: Settings, url: str, *, keep_schedule: bool = True, runner: Runner | None = None
) -> FastAPI:
    """The service on the database at `url` (a libpq address, of a role that owns nothing: `service_address`).

    `keep_schedule=False` leaves keeping opening times current to somebody else. Planners' questions are
    worked out by `runner`, processes of the service's own when it is None.
    """
    database = Database(url, settings.database)
    writer = Writer(url, settings.database, settings.editing)
    desk = Desk(database, settings.coverage, settings.walking, runner=runner)
    packs = Packs(
        database,
        url,
        PackRules(
            settings.walking,
            settings.nearest,
            WarningRule(settings.editing.warning_reports, settings.editing.warning_days),
            settings.pack.pack_margin_m,
        ),
        fresh_s=settings.pack.pack_fresh_s,
        kept_days=settings.schedule.horizon_days,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.open()
        writer.open()
        keeper = None
        if keep_schedule:
            keeper = asyncio.create_task(
                keep_current(
                    url,
                    horizon_days=settings.schedule.horizon_days,
                    every_s=settings.schedule.refresh_s,
                    upkeep=Upkeep(settings.editing, settings.schedule),
                )
            )
        try:
            yield
        finally:
            if keeper:
                keeper.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await keeper
            desk.close()
            await asyncio.to_thread(writer.close)
            await database.close()

    # the documentation page from our own files: a closed network has no CDN
    app = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        # a redirect would repeat the position in a header, and is no problem
        redirect_slashes=False,
        static_url=docs_page.ASSETS,
        title="geoapi · 职工关爱设施",
        version=version("geoapi"),
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_tags=TAGS,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = Service(
        settings,
        database,
        writer,
        CatalogCache(database),
        WindowCache(database),
        desk,
        LOADING,
        packs=packs,
    )
    for module in (
        nearest,
        stations,
        words,
        districts,
        pack,
        *MAPS,
        *PLANNING,
        *SIGNING_IN,
        *MANAGING,
        *EDITING,
        health,
        metrics,
        docs_page,
    ):
        app.include_router(module.router)
    pages.install(
        app,
        settings.service.web_dir or BUILT,
        policy=pages.policy_of_pages(also_connect=settings.map.basemap_origins),
    )
    # the last one added is the outermost
    app.add_middleware(RequestLimits)
    problems.install(app)
    app.add_middleware(AccessLog)
    app.add_middleware(SecurityHeaders, https=(settings.accounts.public_url or "").startswith("https://"))
    app.openapi = lambda: openapi_document(app)  # type: ignore[method-assign]
    _build_routes(app)
    return app


def _build_routes(app: FastAPI) -> None:
    """Work out every route's parameters now: FastAPI leaves it to the first request, which would wait for it,
    and does it in a way that two threads must not at once."""
    nowhere: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/-",
        "root_path": "",
        "headers": [],
        "app": app,
    }
    for route in app.routes:
        route.matches(nowhere)
