"""/v1/manage/organisations: the tree as far as it is mine."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/manage/organisations", tags=["administration"])
