"""PATCH /v1/stations/{id} and POST /v1/stations/{id}/confirm."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/stations", tags=["managing"])
