"""An OpenID Connect provider, asked who somebody is: discovery, code + PKCE, and an ID token that is checked.

The provider is another service: it may be down, slow, wrong or hostile. What comes from it has a time limit
and a size limit, and nothing of it is believed but what an ID token says that passed every check of OpenID
Connect Core 3.1.3.7. Codes, tokens, verifiers and the client secret are never logged.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

import httpx2
import orjson
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from geoapi.errors import GeoapiError, NotAllowed, Unavailable, Words
from geoapi.settings import AccountSettings, https_or_loopback

SCOPE: Final = "openid profile email"
# signatures by a private key of the provider's: with `HS…` its public key, or our own secret, could forge one
ALGORITHMS: Final = frozenset(
    ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
)
LEEWAY_S: Final = 60
CACHE_S: Final = 3600
RETRY_S: Final = 5
PATIENCE_S: Final = 10
MAX_BYTES: Final = 512 * 1024
# what the token endpoint says of us, not of the code that it was sent (RFC 6749, 5.2)
_NOT_THE_CODE: Final = frozenset(
    ("invalid_client", "unauthorized_client", "server_error", "temporarily_unavailable")
)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Identity:
    """Who somebody is at a provider: `issuer` and `subject` for ever, the others as they are there now."""

    issuer: str
    subject: str
    login: str | None
    name: str | None


class Provider:
    """The provider that the settings name. Its description and its keys are remembered for an hour."""

    def __init__(self, issuer: str, client_id: str, client_secret: str | None) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._lock = asyncio.Lock()
        self._metadata: dict[str, Any] = {}
        self._metadata_until = 0.0
        self._keys = KeySet([])
        self._keys_until = 0.0
        self._down_until = 0.0
        # reading the machine's certificates takes longer than all else here
        self._tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, settings: AccountSettings) -> Provider | None:
        """The provider of these settings; None where they name none."""
        if settings.oidc_issuer is None or settings.oidc_client_id is None:
            return None
        return cls(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)

    async def authorization_url(self, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes to sign in. Raises `Unavailable`."""
        async with self._asking(redirect_uri) as client:
            metadata = await self._discover(client)
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    async def identity(
        self, *, redirect_uri: str, code: str, nonce: str, verifier: str, said_issuer: str | None
    ) -> Identity:
        """Who came back with this code. `said_issuer` is the `iss` that came with it (RFC 9207), if one did.

        Raises `Unavailable`; and `NotAllowed` where the provider does not take the code, or its ID token
        does not pass.
        """
        async with self._asking(redirect_uri) as client:
            metadata = await self._discover(client)
            promised = metadata.get("authorization_response_iss_parameter_supported") is True
            if said_issuer != self.issuer and (promised or said_issuer is not None):
                raise self._refused("the answer names another issuer")
            # RFC 6749, A.11; and what could not even be sent is not the provider's fault
            if not (code.isascii() and code.isprintable()):
                raise self._refused("the code is none")
            client.token_endpoint_auth_method = self._auth_method(metadata)
            try:
                token = await client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                )
            except OAuthError as error:
                if str(error.error) in _NOT_THE_CODE:
                    raise self._unavailable(f"the token endpoint says {error.error}") from None
                raise self._refused("the code is not taken") from None
            except (ValueError, TypeError):
                raise self._unavailable("the token endpoint's answer cannot be read") from None
            return await self._identity_of(client, token, nonce)

    def refusal(self, error: str) -> GeoapiError:
        """What to raise where the provider sent somebody back with this `error` (RFC 6749, 4.1.2.1)."""
        if error in _NOT_THE_CODE:
            return _try_again()
        return NotAllowed(
            Words("在身份提供方的登录没有完成", "the identity provider did not sign you in"),
            mend=Words("请重新登录，或用密码登录", "begin again, or sign in with a password"),
        )

    async def _identity_of(self, client: AsyncOAuth2Client, token: Mapping[str, Any], nonce: str) -> Identity:
        id_token, access_token = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str) or not isinstance(access_token, str):
            raise self._refused("there is no ID token")
        named = self._metadata.get("id_token_signing_alg_values_supported")
        algorithms = ALGORITHMS & set(named) if _is_texts(named) else {"RS256"}
        try:
            keys = await self._signing_keys(client)
            try:
                signed = jwt.decode(id_token, keys, algorithms=algorithms)
            except InvalidKeyIdError:
                # signed with a key that was made since we looked
                keys = await self._signing_keys(client, anew=True)
                signed = jwt.decode(id_token, keys, algorithms=algorithms)
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._client_id},
                    "sub": {"essential": True},
                },
                params={"nonce": nonce, "client_id": self._client_id, "access_token": access_token},
            )
            claims.validate(leeway=LEEWAY_S)
        except ClaimError as error:
            raise self._refused(f"the ID token's {error.claim}") from None
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise self._refused(f"the ID token: {type(error).__name__}") from None
        subject = claims["sub"]
        if not (len(subject) <= 255 and subject.isascii() and subject.isprintable()):
            raise self._refused("the ID token's sub")
        return Identity(
            self.issuer,
            subject,
            _text(claims, "preferred_username") or _text(claims, "email"),
            _text(claims, "name"),
        )

    async def _discover(self, client: AsyncOAuth2Client) -> dict[str, Any]:
        async with self._lock:
            self._rest()
            if time.monotonic() >= self._metadata_until:
                found = await self._document(
                    client, self.issuer.rstrip("/") + "/.well-known/openid-configuration"
                )
                if found.get("issuer") != self.issuer:
                    raise self._unavailable("the discovery document names another issuer")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    address = found.get(name)
                    # plain http only where the issuer itself is on this machine: another's word must not
                    # send us to what else runs here
                    if not isinstance(address, str) or not self._may_be_at(address):
                        raise self._unavailable(f"the discovery document's {name} is not https")
                self._metadata, self._metadata_until = found, time.monotonic() + CACHE_S
            return self._metadata

    async def _signing_keys(self, client: AsyncOAuth2Client, *, anew: bool = False) -> KeySet:
        async with self._lock:
            if anew or time.monotonic() >= self._keys_until:
                found = await self._document(client, self._metadata["jwks_uri"])
                self._keys, self._keys_until = _public_keys(found), time.monotonic() + CACHE_S
            return self._keys

    async def _document(self, client: AsyncOAuth2Client, address: str) -> dict[str, Any]:
        with self._faults():
            answer = await client.request(
                "GET", address, withhold_token=True, headers={"Accept": "application/json"}
            )
        if answer.status_code != 200:
            raise self._unavailable(f"it answers {answer.status_code}")
        try:
            document = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            document = None
        if not isinstance(document, dict):
            raise self._unavailable("it answers what is no JSON object")
        return document

    def _may_be_at(self, address: str) -> bool:
        is_here = self.issuer.startswith("http://")
        return https_or_loopback(address) and (is_here or address.startswith("https://"))

    def _auth_method(self, metadata: Mapping[str, Any]) -> str:
        if self._client_secret is None:
            return "none"
        offered = metadata.get("token_endpoint_auth_methods_supported")
        by_post = _is_texts(offered) and "client_secret_basic" not in offered
        return "client_secret_post" if by_post else "client_secret_basic"

    @asynccontextmanager
    async def _asking(self, redirect_uri: str) -> AsyncIterator[AsyncOAuth2Client]:
        """A client for one question, which has `PATIENCE_S` altogether."""
        self._rest()
        if self._tls is None:
            self._tls = await asyncio.to_thread(httpx2.create_ssl_context)
        with self._faults():
            async with (
                asyncio.timeout(PATIENCE_S),
                AsyncOAuth2Client(
                    self._client_id,
                    self._client_secret,
                    scope=SCOPE,
                    redirect_uri=redirect_uri,
                    code_challenge_method="S256",
                    timeout=PATIENCE_S / 2,
                    trust_env=False,
                    # compressed, a small answer may be a large one
                    headers={"Accept-Encoding": "identity", "User-Agent": "geoapi"},
                    transport=_Bounded(httpx2.AsyncHTTPTransport(verify=self._tls)),
                ) as client,
            ):
                yield client

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Around what is asked of the provider: what goes wrong with it is `Unavailable`."""
        try:
            yield
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            raise self._unavailable(type(error).__name__) from None

    def _rest(self) -> None:
        """Let a provider that failed be for a few seconds: nobody else waits for the same silence."""
        if time.monotonic() < self._down_until:
            raise _try_again()

    def _unavailable(self, why: str) -> Unavailable:
        self._down_until = time.monotonic() + RETRY_S
        log.warning("OpenID provider: %s", why)
        return _try_again()

    def _refused(self, why: str) -> NotAllowed:
        log.warning("OpenID provider, a sign-in refused: %s", why)
        return NotAllowed(
            Words("身份提供方的答复未通过检查", "the identity provider's answer did not pass the checks"),
            mend=Words("请重新登录", "begin again"),
        )


class _Bounded(httpx2.AsyncBaseTransport):
    """A transport whose answers have a size limit, whatever their headers say."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        body = bytearray()
        try:
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise httpx2.DecodingError("compressed, which was not asked for", request=request)
            async for part in answer.aiter_raw():
                body += part
                if len(body) > MAX_BYTES:
                    raise httpx2.ReadError("too long an answer", request=request)
        finally:
            await answer.aclose()
        return httpx2.Response(answer.status_code, headers=answer.headers, content=bytes(body))

    async def aclose(self) -> None:
        await self._inner.aclose()


def _public_keys(document: Mapping[str, Any]) -> KeySet:
    """The keys that a signature may be checked with; those that cannot be read are left out."""
    keys = []
    listed = document.get("keys")
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("kty") not in ("RSA", "EC") or one.get("use") == "enc":
            continue
        try:
            keys.append(JWKRegistry.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    return KeySet(keys)


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value.strip() or None if isinstance(value, str) else None


def _try_again() -> Unavailable:
    return Unavailable(
        Words("身份提供方暂时无法应答", "the identity provider cannot answer now"),
        mend=Words("稍后再试，或用密码登录", "try again soon, or sign in with a password"),
        retry_after_s=RETRY_S,
    )
