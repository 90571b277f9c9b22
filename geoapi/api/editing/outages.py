"""POST /v1/stations/{id}/amenities/{code}/outage, and its end."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/stations", tags=["managing"])
