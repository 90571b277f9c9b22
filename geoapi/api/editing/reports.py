"""POST /v1/stations/{id}/reports: what a worker found, without an account."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/stations", tags=["stations"])
