"""GET /healthz and /readyz: is the process alive, and can it answer?"""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response

from geoapi.api.answers import Answer, json_answer, problem_responses
from geoapi.api.dependencies import ServiceDep
from geoapi.queries.status import get_status

router = APIRouter(tags=["health"])


class Health(Answer):
    """The process is alive."""

    status: str


class Readiness(Answer):
    """The service can answer."""

    status: str
    stations: int
    known_from: datetime
    known_until: datetime
    newest_change: datetime | None


@router.get("/healthz", summary="进程存活 · alive", response_model=Health)
async def healthz() -> Response:
    return json_answer({"status": "ok"})


@router.get(
    "/readyz",
    summary="可以应答 · can answer",
    response_model=Readiness,
    responses=problem_responses(503),
)
async def readyz(service: ServiceDep) -> Response:
    status = await get_status(service.database)
    return json_answer(
        {
            "status": "ok",
            "stations": status.stations,
            "known_from": status.window.starts_at,
            "known_until": status.window.ends_at,
            "newest_change": status.newest,
        }
    )
