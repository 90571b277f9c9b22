"""POST /v1/hours/preview: what is understood of hours, before anything is saved."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/hours", tags=["managing"])
