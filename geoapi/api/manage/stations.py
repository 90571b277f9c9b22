"""/v1/manage/stations: mine, with what needs attention."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/manage/stations", tags=["managing"])
