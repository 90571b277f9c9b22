"""/v1/manage/accounts and /v1/manage/invitations."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/manage", tags=["administration"])
