"""/v1/manage/review, moves, conflicts and duplicates: what waits for a decision."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/manage", tags=["administration"])
