"""/v1/manage/overrides: emergency hours for whole districts."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/manage/overrides", tags=["administration"])
