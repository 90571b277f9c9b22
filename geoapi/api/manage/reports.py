"""/v1/manage/reports: what workers have reported."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/manage/reports", tags=["managing"])
