"""An OpenID provider of the tests' own, which can be told to lie: over real HTTP, on a free port."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "geoapi", "a secret of the client's"
Claims = dict[str, Any]


class HandMadeProvider:
    """Signs everybody in as `person` at once. What it answers, tests may change by its attributes."""

    def __init__(self) -> None:
        self.person: Claims = {"sub": "248289761001", "preferred_username": "wang.fang", "name": "王芳"}
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.reset()
        app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/jwks", self._jwks),
            ]
        )
        config = uvicorn.Config(app, host="127.0.0.1", port=0, access_log=False, log_level="warning")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def reset(self) -> None:
        """Be honest again."""
        self.metadata: dict[str, Any] = {}
        self.claims: Callable[[Claims], Claims] = lambda claims: claims
        self.sign: Callable[[Claims], str] = self.signed
        self.token_answer: Callable[[], Response | None] = lambda: None
        self.keys: list[dict[str, Any]] | None = None
        self.back: dict[str, str] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.tokens: list[dict[str, Any]] = []
        self.token_requests: list[tuple[dict[str, str], dict[str, Any]]] = []

    def __enter__(self) -> HandMadeProvider:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            assert self._thread.is_alive(), "the provider did not start"
        self.issuer = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()

    def signed(self, claims: Claims, **header: Any) -> str:
        """The claims, signed as they should be, or with another header."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, **header}, claims, self.key)

    def code_for(self, *, nonce: str, verifier: str, redirect_uri: str) -> str:
        """A code, as if a browser had been there."""
        code = secrets.token_urlsafe()
        self.codes[code] = {
            "nonce": nonce, "code_challenge": s256(verifier), "redirect_uri": redirect_uri
        }  # fmt: skip
        return code

    async def _discovery(self, request: Request) -> Response:
        self.asked.append("discovery")
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }
            | self.metadata
        )

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe()
        self.codes[code] = {name: asked[name] for name in ("nonce", "code_challenge", "redirect_uri")}
        back = {"code": code, "state": asked["state"], "session_state": "x"} | self.back
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", status_code=302)

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        form = dict(parse_qsl((await request.body()).decode()))
        self.token_requests.append((dict(request.headers), form))
        if (answer := self.token_answer()) is not None:
            return answer
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        flow = self.codes.pop(str(form.get("code")), None)
        if (
            flow is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != flow["redirect_uri"]
            or s256(str(form.get("code_verifier"))) != flow["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": flow["nonce"]}
        token = {
            "access_token": secrets.token_urlsafe(), "token_type": "Bearer",
            "id_token": self.sign(self.claims(claims | self.person)),
        }  # fmt: skip
        self.tokens.append(token)
        return JSONResponse(token)

    async def _jwks(self, request: Request) -> Response:
        self.asked.append("jwks")
        return JSONResponse({"keys": [self.key.as_dict(private=False)] if self.keys is None else self.keys})


def s256(verifier: str) -> str:
    """The code challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
