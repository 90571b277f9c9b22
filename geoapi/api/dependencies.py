"""What routes share: the service's parts, reached through the application's state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, cast

from fastapi import Depends, Request, Response

from geoapi.accounts.oidc import Provider
from geoapi.accounts.passwords import Passwords
from geoapi.accounts.throttle import Throttle
from geoapi.db.engine import Database
from geoapi.db.writer import Writer
from geoapi.editing.quarantine import Loading
from geoapi.queries.catalog import CatalogCache
from geoapi.queries.map.maps import Maps
from geoapi.queries.pack.keeper import Packs
from geoapi.queries.planning.desk import Desk
from geoapi.queries.reports import WarningRule
from geoapi.queries.status import WindowCache
from geoapi.settings import Settings


@dataclass(frozen=True)
class Service:
    """The parts a request needs, built once by `create_app`."""

    settings: Settings
    database: Database
    writer: Writer
    catalog: CatalogCache
    window: WindowCache
    desk: Desk
    loading: Loading
    packs: Packs
    # guesses under way that may be sent again: the repeat shares the outcome (geoapi.api.attempts)
    attempts: dict[bytes, asyncio.Future[Response]] = field(default_factory=dict)

    @cached_property
    def passwords(self) -> Passwords:
        """Passwords checked a few at a time in this process."""
        return Passwords(self.settings.accounts.password_threads)

    @cached_property
    def throttle(self) -> Throttle:
        """How often somebody may guess."""
        return Throttle(self.database)

    @cached_property
    def maps(self) -> Maps:
        """What vector tiles are made by, and those made before."""
        return Maps(
            self.database,
            self.catalog,
            self.desk,
            cache_bytes=self.settings.map.tile_cache_mb * 1_000_000,
            statement_ms=self.settings.coverage.coverage_timeout_ms,
        )

    @cached_property
    def oidc(self) -> Provider | None:
        """The OpenID provider that people may sign in at; None where none is set up."""
        return Provider.of(self.settings.accounts)


def warning_rule(service: Service) -> WarningRule:
    """When workers' reports make an answer warn, as the settings have it."""
    return WarningRule(service.settings.editing.warning_reports, service.settings.editing.warning_days)


async def service_of(request: Request) -> Service:
    """The running service's parts. Async: FastAPI sends a plain function to a thread, at a cost each time."""
    return cast(Service, request.app.state.service)


ServiceDep = Annotated[Service, Depends(service_of)]
