"""GET /v1/stations/{id}/history and POST /v1/stations/{id}/revert."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/stations", tags=["managing"])
