"""/v1/me: who I am and what I may."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/me", tags=["accounts"])
