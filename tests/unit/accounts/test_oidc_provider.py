"""What is asked of an OpenID provider, and what is believed of its answers: over real HTTP, lies included."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from geoapi.accounts import oidc
from geoapi.accounts.oidc import Identity, Provider
from geoapi.errors import GeoapiError, NotAllowed, Unavailable
from geoapi.settings import AccountSettings
from tests.openid import CLIENT_ID, CLIENT_SECRET, Claims, HandMadeProvider, s256

HERE = "https://stations.example/v1/auth/oidc/callback"
NONCE, VERIFIER = "n-0S6_WzA2Mj", "a verifier that nobody else knows, of 43 characters or more"


@pytest.fixture(scope="module")
def running() -> Iterator[HandMadeProvider]:
    with HandMadeProvider() as provider:
        yield provider


@pytest.fixture
def there(running: HandMadeProvider) -> HandMadeProvider:
    """The provider, honest until a test says otherwise."""
    running.reset()
    return running


def asked(there: HandMadeProvider, secret: str | None = CLIENT_SECRET) -> Provider:
    return Provider(there.issuer, CLIENT_ID, secret)


async def come_back(
    provider: Provider, there: HandMadeProvider, said_issuer: str | None = None, code: str | None = None
) -> Identity:
    """Who somebody is who just signed in there."""
    return await provider.identity(
        redirect_uri=HERE,
        code=code or there.code_for(nonce=NONCE, verifier=VERIFIER, redirect_uri=HERE),
        nonce=NONCE,
        verifier=VERIFIER,
        said_issuer=said_issuer,
    )


def refused(there: HandMadeProvider, error: type[GeoapiError] = NotAllowed, **more: Any) -> GeoapiError:
    with pytest.raises(error) as caught:
        asyncio.run(come_back(asked(there), there, **more))
    return caught.value


def test_the_browser_is_sent_with_a_challenge_and_no_secret(there: HandMadeProvider) -> None:
    there.metadata = {"authorization_endpoint": f"{there.issuer}/authorize?tenant=7"}
    url = asyncio.run(
        asked(there).authorization_url(redirect_uri=HERE, state="s", nonce=NONCE, verifier=VERIFIER)
    )
    assert parse_qs(urlsplit(url).query) == {
        "tenant": ["7"],
        "response_type": ["code"],
        "client_id": [CLIENT_ID],
        "redirect_uri": [HERE],
        "scope": ["openid profile email"],
        "state": ["s"],
        "nonce": [NONCE],
        "code_challenge": [s256(VERIFIER)],
        "code_challenge_method": ["S256"],
    }


def test_who_came_back(there: HandMadeProvider) -> None:
    identity = asyncio.run(come_back(asked(there), there))
    assert identity == Identity(there.issuer, "248289761001", "wang.fang", "王芳")


def test_a_code_is_good_once_and_with_its_verifier(there: HandMadeProvider) -> None:
    code = there.code_for(nonce=NONCE, verifier=VERIFIER, redirect_uri=HERE)
    provider = asked(there)

    async def twice() -> None:
        await come_back(provider, there, code=code)
        with pytest.raises(NotAllowed):
            await come_back(provider, there, code=code)
        # a refused code is not the provider's fault: others are served
        await come_back(provider, there)

    asyncio.run(twice())
    refused(there, code=there.code_for(nonce=NONCE, verifier="another", redirect_uri=HERE))
    refused(there, code="\udcff")


def around_now(**seconds: int) -> Callable[[Claims], Claims]:
    """Claims of times, so many seconds from when they are made: long after this file is read."""
    return lambda claims: claims | {name: int(time.time()) + s for name, s in seconds.items()}


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def with_(**other: Any) -> Callable[[Claims], Claims]:
    return lambda claims: claims | other


LIES: dict[str, Callable[[Claims], Claims]] = {
    "another issuer": with_(iss="https://evil.example"),
    "an issuer with a slash": lambda claims: claims | {"iss": claims["iss"] + "/"},
    "another audience": with_(aud="another-client"),
    "no audience of ours": with_(aud=["another-client", "a-third"]),
    "several audiences and no party": with_(aud=[CLIENT_ID, "another-client"]),
    "another party": with_(aud=[CLIENT_ID, "another-client"], azp="another-client"),
    "another party alone": with_(azp="another-client"),
    "an audience that is no text": with_(aud={"geoapi": 1}),
    "another nonce": with_(nonce="another"),
    "over": around_now(exp=-61),
    "over for ever": with_(exp=0),
    "over at no time": with_(exp="tomorrow"),
    "of the future": around_now(iat=3600),
    "not yet": around_now(nbf=3600),
    "another access token": with_(at_hash="77QmUPtjPfzWtF2AnpK9RQ"),
    "a hash that is no text": with_(at_hash=7),
    "a blank subject": with_(sub=""),
    "a subject that is no text": with_(sub=7),
    "a subject with a NUL": with_(sub="a\0b"),
    "a subject too long": with_(sub="a" * 256),
    **{f"no {name}": without(name) for name in ("iss", "sub", "aud", "exp", "iat", "nonce")},
}


@pytest.mark.parametrize("lie", LIES)
def test_no_lie_is_believed(there: HandMadeProvider, lie: str) -> None:
    there.claims = LIES[lie]
    refused(there)


TRUTHS: dict[str, Callable[[Claims], Claims]] = {
    "clocks that differ by less than a minute": around_now(exp=-20, iat=30),
    "several audiences, and us the party": with_(aud=[CLIENT_ID, "another-client"], azp=CLIENT_ID),
    "a list of one": with_(aud=[CLIENT_ID]),
    "claims that nobody asked for": with_(groups=["a"], email_verified="yes"),
    "no name": without("name"),
}


@pytest.mark.parametrize("truth", TRUTHS)
def test_what_the_standard_allows_is_taken(there: HandMadeProvider, truth: str) -> None:
    there.claims = TRUTHS[truth]
    assert asyncio.run(come_back(asked(there), there)).subject == "248289761001"


def unsigned(claims: Claims) -> str:
    return jwt.encode({"alg": "none"}, claims, OctKey.generate_key(256), algorithms=["none"])


def by_the_public_key(there: HandMadeProvider) -> Callable[[Claims], str]:
    """HS256 with what everybody knows: the public key's PEM as the secret."""

    def sign(claims: Claims) -> str:
        # by hand: no library takes such a secret any longer
        header, payload, _ = there.signed(claims).split(".")
        header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"first"}').rstrip(b"=").decode()
        mac = hmac.digest(there.key.as_pem(private=False), f"{header}.{payload}".encode(), hashlib.sha256)
        return f"{header}.{payload}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    return sign


def by_our_secret(claims: Claims) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET.encode() * 2))


def by_a_stranger(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, RSAKey.generate_key(2048))


def changed_afterwards(there: HandMadeProvider) -> Callable[[Claims], str]:
    def sign(claims: Claims) -> str:
        header, _, signature = there.signed(claims).split(".")
        _, payload, _ = there.signed(claims | {"sub": "somebody else"}).split(".")
        return f"{header}.{payload}.{signature}"

    return sign


FORGERIES: dict[str, Callable[[HandMadeProvider], Callable[[Claims], str]]] = {
    "unsigned": lambda _: unsigned,
    "by the public key": by_the_public_key,
    "by our own secret": lambda _: by_our_secret,
    "by a stranger": lambda _: by_a_stranger,
    "changed afterwards": changed_afterwards,
    "by another algorithm than promised": lambda there: (
        lambda claims: jwt.encode({"alg": "PS256", "kid": "first"}, claims, there.key, algorithms=["PS256"])
    ),
    "with a key of its own": lambda there: (
        lambda claims: there.signed(claims, jwk=there.key.as_dict(private=False), kid="of its own")
    ),
    "no token": lambda _: lambda claims: "x.y.z",
    "nothing": lambda _: lambda claims: "",
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_no_forgery_is_taken(there: HandMadeProvider, forgery: str) -> None:
    there.sign = FORGERIES[forgery](there)
    refused(there)


def test_a_key_that_says_how_it_is_shared_is_no_public_key(there: HandMadeProvider) -> None:
    shared = OctKey.generate_key(256, {"kid": "shared"})
    there.keys = [shared.as_dict(private=True)]
    there.metadata = {"id_token_signing_alg_values_supported": ["HS256"]}
    there.sign = lambda claims: jwt.encode({"alg": "HS256", "kid": "shared"}, claims, shared)
    refused(there)


def test_elliptic_curves_where_the_provider_says_so(there: HandMadeProvider) -> None:
    curve = ECKey.generate_key("P-256", {"kid": "curve"})
    there.keys = [{"kty": "RSA", "n": "?"}, {"kty": "pq"}, curve.as_dict(private=False)]
    there.sign = lambda claims: jwt.encode({"alg": "ES256", "kid": "curve"}, claims, curve)
    refused(there)
    there.metadata = {"id_token_signing_alg_values_supported": ["ES256"]}
    assert asyncio.run(come_back(asked(there), there)).subject == "248289761001"


def test_rs256_where_the_provider_says_nothing(there: HandMadeProvider) -> None:
    there.metadata = {"id_token_signing_alg_values_supported": None}
    assert asyncio.run(come_back(asked(there), there)).subject == "248289761001"


def test_what_the_provider_is_like_is_asked_once_and_new_keys_are_found(there: HandMadeProvider) -> None:
    provider = asked(there)
    old = there.key

    async def sign_ins() -> None:
        await come_back(provider, there)
        await come_back(provider, there)
        assert there.asked == ["discovery", "token", "jwks", "token"]
        there.key = RSAKey.generate_key(2048, {"kid": "second"})
        await come_back(provider, there)
        assert there.asked[4:] == ["token", "jwks"]

    try:
        asyncio.run(sign_ins())
    finally:
        there.key = old


def test_after_an_hour_it_is_asked_anew(there: HandMadeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "CACHE_S", 0)
    provider = asked(there)

    async def sign_ins() -> None:
        await come_back(provider, there)
        await come_back(provider, there)

    asyncio.run(sign_ins())
    assert there.asked == ["discovery", "token", "jwks"] * 2


DESCRIPTIONS: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "no issuer": {"issuer": None},
    "a token endpoint that all can read": {"token_endpoint": "http://login.example/token"},
    "keys that all can change": {"jwks_uri": "http://login.example/jwks"},
    "an authorization endpoint that is a script": {"authorization_endpoint": "javascript:alert(1)"},
    "no token endpoint": {"token_endpoint": None},
    "keys that are not there": {"jwks_uri": "https://[::1"},
}


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_a_provider_that_is_set_up_wrongly_cannot_answer(there: HandMadeProvider, description: str) -> None:
    there.metadata = DESCRIPTIONS[description]
    error = refused(there, Unavailable)
    assert "example" not in error.line() + error.line("zh")
    assert there.asked == ["discovery"]


def test_a_provider_elsewhere_does_not_send_us_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http is for a provider that is here: another's word reaches nothing that runs beside us."""
    issuer = "https://login.example"

    async def described(_provider: Provider, _client: object, _address: str) -> dict[str, Any]:
        here = "http://127.0.0.1:5984"
        return {
            "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{here}/token", "jwks_uri": f"{issuer}/jwks",
        }  # fmt: skip

    monkeypatch.setattr(Provider, "_document", described)
    provider = Provider(issuer, CLIENT_ID, CLIENT_SECRET)
    with pytest.raises(Unavailable):
        asyncio.run(provider.authorization_url(redirect_uri=HERE, state="x", nonce=NONCE, verifier=VERIFIER))


def test_the_issuer_that_comes_with_the_code_is_ours(there: HandMadeProvider) -> None:
    assert asyncio.run(come_back(asked(there), there, there.issuer)).subject
    refused(there, said_issuer="https://evil.example")
    there.metadata = {"authorization_response_iss_parameter_supported": True}
    refused(there, said_issuer=None)


ANSWERS: dict[str, Callable[[], Response]] = {
    "a bad gateway": lambda: Response("<html>", 502),
    "a page": lambda: Response("<html>please wait</html>"),
    "a list": lambda: JSONResponse([]),
    "too much": lambda: Response(b" " * (oidc.MAX_BYTES + 1)),
    "compressed": lambda: Response(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
    "somewhere else": lambda: Response("", 302, {"Location": "http://169.254.169.254/"}),
    "another client, please": lambda: JSONResponse({"error": "invalid_client"}, 401),
    "a time that is none": lambda: JSONResponse({"access_token": "x", "expires_in": "soon"}),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_token_endpoint_that_is_out_of_order(there: HandMadeProvider, answer: str) -> None:
    there.token_answer = ANSWERS[answer]
    assert refused(there, Unavailable).extra == {"retry_after_s": oidc.RETRY_S}


@pytest.mark.parametrize(
    "token", [{"access_token": "x"}, {"id_token": "x"}, {"access_token": 7, "id_token": 7}, {"error": ["x"]}]
)
def test_a_token_answer_without_tokens(there: HandMadeProvider, token: dict[str, Any]) -> None:
    there.token_answer = lambda: JSONResponse(token)
    refused(there)


def test_a_provider_that_failed_is_let_be_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    provider = Provider(f"http://127.0.0.1:{port}", CLIENT_ID, None)

    async def begin() -> str:
        return await provider.authorization_url(redirect_uri=HERE, state="s", nonce="n", verifier=VERIFIER)

    with HandMadeProvider() as there:
        with pytest.raises(Unavailable):
            asyncio.run(begin())
        provider.issuer = there.issuer
        with pytest.raises(Unavailable):
            asyncio.run(begin())
        assert there.asked == []
        later = time.monotonic() + oidc.RETRY_S
        monkeypatch.setattr(oidc.time, "monotonic", lambda: later)
        assert asyncio.run(begin()).startswith(there.issuer)


def test_a_provider_that_is_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "PATIENCE_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        provider = Provider(f"http://127.0.0.1:{silent.getsockname()[1]}", CLIENT_ID, None)
        with pytest.raises(Unavailable):
            asyncio.run(
                provider.authorization_url(redirect_uri=HERE, state="s", nonce="n", verifier=VERIFIER)
            )


@pytest.mark.parametrize(
    ("secret", "offered", "header", "in_body"),
    [
        (CLIENT_SECRET, None, True, False),
        (CLIENT_SECRET, ["client_secret_post", "client_secret_basic"], True, False),
        (CLIENT_SECRET, ["client_secret_post"], False, True),
        (None, ["none"], False, False),
    ],
)
def test_the_client_says_who_it_is_as_the_provider_wants_it(
    there: HandMadeProvider, secret: str | None, offered: list[str] | None, header: bool, in_body: bool
) -> None:
    there.metadata = {} if offered is None else {"token_endpoint_auth_methods_supported": offered}
    there.token_answer = lambda: JSONResponse({"error": "invalid_grant"}, 400)
    with pytest.raises(NotAllowed):
        asyncio.run(come_back(asked(there, secret), there))
    headers, body = there.token_requests[-1]
    assert ("authorization" in headers, "client_secret" in body) == (header, in_body)


def test_nothing_secret_is_logged(there: HandMadeProvider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = there.code_for(nonce=NONCE, verifier=VERIFIER, redirect_uri=HERE)
    asyncio.run(come_back(asked(there), there, code=code))
    there.claims = with_(nonce="another")
    refused(there)
    token = there.tokens[0]
    for secret in (code, VERIFIER, NONCE, CLIENT_SECRET, token["access_token"], token["id_token"]):
        assert secret not in caplog.text
    assert "nonce" in caplog.text  # what was wrong is said


@pytest.mark.parametrize(
    "given",
    [
        {"oidc_issuer": "http://login.example", "oidc_client_id": "x"},
        {"oidc_issuer": "https://user:pass@login.example", "oidc_client_id": "x"},
        {"oidc_issuer": "https://login.example?tenant=1", "oidc_client_id": "x"},
        {"oidc_issuer": "login.example", "oidc_client_id": "x"},
        {"oidc_issuer": "https://[::1", "oidc_client_id": "x"},
        {"oidc_issuer": "https://login.example"},
    ],
)
def test_settings_that_name_no_provider_are_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="GEOAPI_OIDC"):
        AccountSettings(**given)  # type: ignore[arg-type]


def test_settings_that_name_one() -> None:
    assert Provider.of(AccountSettings()) is None
    there = Provider.of(AccountSettings(oidc_issuer="https://login.example/realms/x", oidc_client_id="x"))
    assert there is not None
    assert there.issuer == "https://login.example/realms/x"
