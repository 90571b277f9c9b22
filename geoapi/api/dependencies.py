"""What routes share: the service's parts, reached through the application's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from geoapi.db.engine import Database
from geoapi.db.writer import Writer
from geoapi.queries.catalog import CatalogCache
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


def warning_rule(service: Service) -> WarningRule:
    """When workers' reports make an answer warn, as the settings have it."""
    return WarningRule(service.settings.editing.warning_reports, service.settings.editing.warning_days)


async def service_of(request: Request) -> Service:
    """The running service's parts. Async: FastAPI sends a plain function to a thread, at a cost each time."""
    return cast(Service, request.app.state.service)


ServiceDep = Annotated[Service, Depends(service_of)]
