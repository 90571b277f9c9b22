"""/v1/auth/oidc: signing in by OpenID Connect."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/v1/auth/oidc", tags=["accounts"])
