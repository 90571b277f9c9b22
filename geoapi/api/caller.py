"""Who asks: from a bearer token or the session's cookie to an account with its roles."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer

from geoapi.accounts.permissions import Caller, not_signed_in
from geoapi.accounts.tokens import token_sha256
from geoapi.api.dependencies import Service, ServiceDep
from geoapi.editing.transaction import By
from geoapi.errors import NotAllowed, Words
from geoapi.queries.accounts import session_caller

COOKIE = "geoapi_session"
# browsers let nobody but this very host set a cookie of this name, and only over https
SECURE_COOKIE = "__Host-geoapi_session"
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))

# for the OpenAPI document: what is sent is read below, so that every refusal is one of our problems
_bearer = HTTPBearer(
    auto_error=False, description="POST /v1/auth/sign-in 得到的令牌 · the token from signing in"
)
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="网页登录 · the web page's session")


def public_address(request: Request, service: Service) -> str:
    """The address people reach the service at: scheme and host, without a path."""
    return service.settings.accounts.public_url or f"{request.url.scheme}://{request.url.netloc}"


def is_secure(request: Request, service: Service) -> bool:
    """Whether people reach the service over https."""
    return public_address(request, service).startswith("https://")


def cookie_name(request: Request, service: Service) -> str:
    return SECURE_COOKIE if is_secure(request, service) else COOKIE


def address_of(request: Request) -> str | None:
    """The address the request comes from: the proxy's word for it only where the proxy is trusted.

    None where it is none (a socket file, or a proxy that says "unknown")."""
    try:
        # without a link-local address's interface
        found = ip_address(request.client.host.partition("%")[0] if request.client else "")
    except ValueError:
        return None
    # a socket for both families gives IPv4 callers in IPv6's clothes
    return str(getattr(found, "ipv4_mapped", None) or found)


async def _caller_or_none(request: Request, service: ServiceDep) -> Caller | None:
    token = _bearer_token(request)
    if token is None:
        token = request.cookies.get(cookie_name(request, service))
        if token is not None and request.method not in SAFE_METHODS:
            require_same_origin(request, service)
    if token is None:
        return None
    return await session_caller(service.database, token_sha256(token))


def _bearer_token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def require_same_origin(request: Request, service: Service) -> None:
    """Refuse what another site's page may have sent with our cookie (every browser says where it is from)."""
    origin = request.headers.get("origin")
    if origin is not None:
        same = _host_of(origin) == _host_of(public_address(request, service))
    else:
        same = request.headers.get("sec-fetch-site") == "same-origin"
    if not same:
        raise NotAllowed(
            Words("请求不是本站页面发出的", "the request does not come from this site's own page"),
            field="Origin",
            mend=Words("用本站页面，或用 Bearer 令牌", "use this site's page, or a bearer token"),
        )


def _host_of(address: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ("", None, None)
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)


async def _signed_in(
    caller: Annotated[Caller | None, Depends(_caller_or_none)],
    _documented: Annotated[object, Depends(_bearer)] = None,
    _documented_too: Annotated[object, Depends(_cookie)] = None,
) -> Caller:
    if caller is None:
        raise not_signed_in()
    return caller


async def _by(request: Request, caller: Annotated[Caller | None, Depends(_caller_or_none)]) -> By:
    return By(caller, address_of(request))


MaybeCaller = Annotated[Caller | None, Depends(_caller_or_none)]
SignedIn = Annotated[Caller, Depends(_signed_in)]
ByWhom = Annotated[By, Depends(_by)]
