"""POST /v1/stations/{id}/closures and /openings, and their early end."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/stations", tags=["managing"])
