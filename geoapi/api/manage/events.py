"""/v1/manage/events: what was done besides editing stations."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/manage/events", tags=["administration"])
