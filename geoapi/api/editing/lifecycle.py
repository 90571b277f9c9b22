"""POST /v1/stations, and retire, restore, move and reassign."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/stations", tags=["administration"])
