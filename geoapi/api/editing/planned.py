"""/v1/stations/{id}/planned: changes that wait for their day."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/stations", tags=["managing"])
