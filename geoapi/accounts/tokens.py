"""Opaque tokens: 256 random bits for whoever holds one, its SHA-256 for the database."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """A token nobody can guess: 43 characters that fit into an address."""
    return secrets.token_urlsafe(32)


def token_sha256(token: str) -> bytes:
    """What is kept of a token. It is random, so a plain digest cannot be undone."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
