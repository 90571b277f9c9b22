"""/v1/auth: signing in and out, sessions, passwords, invitations and recovery."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/auth", tags=["accounts"])
