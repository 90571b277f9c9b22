"""/v1/auth/oidc: signing in by OpenID Connect. The browser goes to the provider, and comes back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Body, Query, Request, Response
from psycopg import Connection
from pydantic import AfterValidator, Field

from geoapi.accounts.oidc import Identity, Provider
from geoapi.accounts.permissions import Caller, not_signed_in
from geoapi.accounts.tokens import new_token, token_sha256
from geoapi.api.answers import Answer, json_answer, problem_responses
from geoapi.api.auth import device_of, session_cookie
from geoapi.api.caller import ByWhom, MaybeCaller, SignedIn, address_of, is_secure, public_address
from geoapi.api.changes import change
from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.parameters import LangField, Parameters, PlainText
from geoapi.api.people import PasswordText
from geoapi.editing import oidc_flows
from geoapi.editing.oidc_flows import Flow
from geoapi.editing.sessions import Entered, note_failure
from geoapi.editing.transaction import Answered, By
from geoapi.errors import InvalidInput, NotAllowed, NotFound, Words
from geoapi.queries.accounts import account_by_login
from geoapi.queries.invitations import look_at_invitation
from geoapi.validation_words import FieldError

router = APIRouter(prefix="/v1/auth/oidc", tags=["accounts"])
BROWSER_COOKIE = "geoapi_oidc"
# browsers take a cookie of this name only over https
SECURE_BROWSER_COOKIE = "__Secure-geoapi_oidc"
_LOCAL = re.compile(r"/(?!/)[\x21-\x5b\x5d-\x7e]*")


def local_path(path: str) -> str:
    """`path`, where a browser cannot take it for another site; raises `FieldError`.

    What is refused: all that does not begin with one slash, two slashes anywhere, backslashes (which
    browsers read as slashes), control characters and blanks (which they drop).
    """
    if not _LOCAL.fullmatch(path) or "//" in path:
        raise FieldError(
            Words("须为本站路径", "must be a path of this site"),
            Words(
                "例如 /manage（其他字符用百分号编码）",
                "for example /manage; percent-encode what is not ASCII",
            ),
        )
    return path


ReturnTo = Annotated[
    PlainText,
    AfterValidator(local_path),
    Field(
        max_length=500,
        description="登录后回到的本站路径 · path of this site to return to",
        examples=["/manage"],
    ),
]


class BeginPage(Parameters):
    """What a link on a page may say."""

    return_to: ReturnTo = "/manage"
    lang: LangField = "zh"


class Begin(Parameters):
    """What to sign in for. An invitation comes in the body: addresses are logged."""

    purpose: Literal["sign_in", "accept", "link"] = Field(
        "sign_in",
        description="登录、接受邀请或关联当前账号 · sign in, accept an invitation, or link the account",
    )
    invitation: PlainText | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="邀请链接中的令牌(purpose=accept)· the invitation's token",
    )
    password: PasswordText | None = Field(None, description="当前密码(purpose=link)· the account's password")
    return_to: ReturnTo = "/manage"


class Begun(Answer):
    """Where the browser goes next. The answer's cookie binds the sign-in to this browser."""

    authorization_url: str
    expires_at: datetime


_BEGIN_EXAMPLES: Any = {
    "sign_in": {"summary": "登录 · sign in", "value": {"purpose": "sign_in", "return_to": "/manage"}}
}
_SEE_OTHER: dict[int | str, dict[str, Any]] = {
    303: {
        "description": "前往下一页 · go on to the page that `Location` names",
        "headers": {
            "Location": {
                "description": "下一页 · the next page",
                "required": True,
                "schema": {"type": "string"},
            }
        },
    }
}
_Said = Query(max_length=2000, description="由身份提供方给出 · as the provider gives it")


@router.post(
    "/start",
    summary="开始 OpenID Connect 登录 · begin to sign in by OpenID Connect",
    response_model=Begun,
    responses=problem_responses(401, 403, 404, 413, 415, 422, 429, 503),
)
async def oidc_begin(
    asked: Annotated[Begin, Body(openapi_examples=_BEGIN_EXAMPLES)],
    request: Request,
    service: ServiceDep,
    caller: MaybeCaller,
) -> Response:
    """答复身份提供方的网址，并设置绑定此浏览器的 Cookie。十分钟内有效，只能用一次。

    Answers with the provider's address, and a cookie that binds the sign-in to this browser. Good for ten
    minutes, once.
    """
    provider = _provider(service)
    address = address_of(request)
    if (asked.purpose == "accept") != (asked.invitation is not None):
        raise InvalidInput(
            Words(
                "接受邀请须带令牌，其他用途不带",
                "an invitation goes with accepting one, and with nothing else",
            ),
            field="invitation",
            mend=Words(
                "purpose 为 accept 时给出 invitation", "give invitation with purpose accept, and only then"
            ),
        )
    account_id = None
    if asked.purpose == "link":
        if caller is None:
            raise not_signed_in()
        await _require_password(service, caller, asked.password, address)
        account_id = caller.account_id
    invitation_sha256 = None
    if asked.invitation is not None:
        await service.throttle.link(address)
        invitation_sha256 = token_sha256(asked.invitation)
        # nobody goes there and back for an invitation that is not good
        await look_at_invitation(service.database, invitation_sha256)
    begun = await _begin(request, service, provider, asked.return_to, invitation_sha256, account_id)
    expires_at = datetime.now(UTC) + oidc_flows.GOOD_FOR
    answer = json_answer(
        {"authorization_url": begun.url, "expires_at": expires_at}, headers={"Cache-Control": "no-store"}
    )
    _bind(answer, request, service, begun.browser)
    return answer


@router.get(
    "/start",
    summary="前往身份提供方登录 · go to the provider to sign in",
    status_code=303,
    response_class=Response,
    responses=_SEE_OTHER | problem_responses(404, 414, 422, 429, 503),
)
async def oidc_go(asked: Annotated[BeginPage, Query()], request: Request, service: ServiceDep) -> Response:
    """供网页上的登录链接使用。For a link on a page."""
    begun = await _begin(request, service, _provider(service), asked.return_to)
    answer = _see_other(begun.url)
    _bind(answer, request, service, begun.browser)
    return answer


@router.get(
    "/callback",
    summary="从身份提供方返回 · come back from the provider",
    status_code=303,
    response_class=Response,
    responses=_SEE_OTHER | problem_responses(403, 404, 409, 414, 422, 503),
)
async def oidc_come_back(
    request: Request,
    service: ServiceDep,
    code: Annotated[str | None, _Said] = None,
    state: Annotated[str | None, _Said] = None,
    error: Annotated[str | None, _Said] = None,
    iss: Annotated[str | None, _Said] = None,
) -> Response:
    """身份提供方让浏览器回到这里：登录、接受邀请或关联，然后前往 `return_to`。

    The provider sends the browser here: it signs in, accepts or links, and goes on to `return_to`.
    """
    provider = _provider(service)
    browser = request.cookies.get(_browser_cookie(request, service))
    if state is None or browser is None:
        raise oidc_flows.flow_is_over()
    flow = await service.writer.run(lambda conn: oidc_flows.take_flow(conn, state, browser))
    if error is not None:
        raise provider.refusal(error)
    if code is None:
        raise oidc_flows.flow_is_over()
    identity = await provider.identity(
        redirect_uri=_redirect_uri(request, service),
        code=code,
        nonce=flow.nonce,
        verifier=flow.code_verifier,
        said_issuer=iss,
    )
    entered = await _finish(request, service, flow, identity)
    answer = _see_other(flow.return_to)
    answer.delete_cookie(
        _browser_cookie(request, service),
        path=router.prefix,
        secure=is_secure(request, service),
        httponly=True,
        samesite="lax",
    )
    if entered is not None:
        seconds = round(service.settings.accounts.session_days * 86_400)
        cookie = session_cookie(request, service, entered.session.token, seconds)
        answer.headers.append("Set-Cookie", cookie)
    return answer


@router.delete(
    "/link",
    summary="取消与身份提供方的关联 · unlink the account from the provider",
    status_code=204,
    response_class=Response,
    response_description="已取消 · it is unlinked",
    responses=problem_responses(401, 403, 409, 503),
)
async def oidc_unlink(request: Request, service: ServiceDep, caller: SignedIn, by: ByWhom) -> Response:
    """此后只能用密码登录。From then on the account signs in with its password."""

    def work(conn: Connection) -> Answered:
        oidc_flows.unlink(conn, caller.account_id)
        return Answered(None, 204)

    return await change(request, service, by, "oidc_unlink", work)


class _Begun(NamedTuple):
    url: str
    browser: str


async def _begin(
    request: Request,
    service: Service,
    provider: Provider,
    return_to: str,
    invitation_sha256: bytes | None = None,
    account_id: int | None = None,
) -> _Begun:
    await service.throttle.elsewhere(address_of(request))
    state, browser = new_token(), new_token()
    flow = Flow(
        nonce=new_token(),
        code_verifier=new_token(),
        invitation_sha256=invitation_sha256,
        account_id=account_id,
        return_to=return_to,
    )
    url = await provider.authorization_url(
        redirect_uri=_redirect_uri(request, service),
        state=state,
        nonce=flow.nonce,
        verifier=flow.code_verifier,
    )
    await service.writer.run(lambda conn: oidc_flows.begin_flow(conn, state, browser, flow))
    return _Begun(url, browser)


async def _require_password(
    service: Service, caller: Caller, password: str | None, address: str | None
) -> None:
    """Whoever found a phone unlocked must not get to keep the account by an identity of their own."""
    if password is None:
        raise InvalidInput(
            Words("关联须验证当前密码", "linking needs the account's password"),
            field="password",
            mend=Words(
                "给出当前密码；没有密码可请管理员发恢复链接",
                "give the current one; where there is none, an administrator's recovery link sets one",
            ),
        )
    await service.throttle.sign_in(caller.login, address)
    known = await account_by_login(service.database, caller.login)
    right = await service.passwords.verify(password, known.password_hash if known else None)
    if not right:
        await note_failure(service.database, known, address, "oidc_link_failed")
        raise InvalidInput(
            Words("当前密码不对", "is not the current password"),
            field="password",
            mend=Words("重试，或请管理员发恢复链接", "try again, or ask for a recovery link"),
        )
    await service.throttle.succeeded(caller.login, address)


async def _finish(request: Request, service: Service, flow: Flow, identity: Identity) -> Entered | None:
    """The session that coming back led to; None where an account was linked."""
    by = By(None, address_of(request))
    device = device_of(request, service, "cookie")

    def work(conn: Connection) -> Entered | None:
        if flow.account_id is not None:
            oidc_flows.link(conn, by, identity, flow.account_id)
            return None
        if flow.invitation_sha256 is not None:
            return oidc_flows.accept(conn, by, identity, flow.invitation_sha256, device)
        return oidc_flows.sign_in(conn, by, identity, device)

    try:
        return await service.writer.run(work)
    except NotAllowed:
        await note_failure(service.database, None, by.address, "oidc_sign_in_failed")
        raise


def _provider(service: Service) -> Provider:
    """The provider that is set up; `NotFound` where none is."""
    if service.oidc is None:
        raise NotFound(
            Words("没有设置 OpenID Connect 登录", "signing in by OpenID Connect is not set up here"),
            mend=Words(
                "请用密码登录；运维可设置 GEOAPI_OIDC_ISSUER",
                "sign in with a password; whoever runs the service can set GEOAPI_OIDC_ISSUER",
            ),
        )
    return service.oidc


def _redirect_uri(request: Request, service: Service) -> str:
    return f"{public_address(request, service)}{router.prefix}/callback"


def _browser_cookie(request: Request, service: Service) -> str:
    return SECURE_BROWSER_COOKIE if is_secure(request, service) else BROWSER_COOKIE


def _bind(answer: Response, request: Request, service: Service, browser: str) -> None:
    answer.set_cookie(
        _browser_cookie(request, service),
        browser,
        max_age=int(oidc_flows.GOOD_FOR.total_seconds()),
        path=router.prefix,
        secure=is_secure(request, service),
        httponly=True,
        # not strict: it is the provider's page that sends the browser back
        samesite="lax",
    )


def _see_other(address: str) -> Response:
    headers = {"Location": address, "Cache-Control": "no-store"}
    return Response(status_code=303, headers=headers)
