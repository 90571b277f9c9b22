"""/v1/auth: signing in and out, sessions, passwords, invitations and recovery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.openapi.models import Example
from psycopg import Connection
from pydantic import Field

from geoapi.accounts.logins import new_login, normalised_login
from geoapi.accounts.passwords import check_new_password
from geoapi.accounts.tokens import token_sha256
from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.attempts import attempted
from geoapi.api.caller import (
    ByWhom,
    MaybeCaller,
    SignedIn,
    address_of,
    cookie_name,
    is_secure,
    require_same_origin,
)
from geoapi.api.changes import Change, IdempotencyKey, Post, change
from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.parameters import Parameters
from geoapi.api.people import (
    InvitationLook,
    ListOf,
    LoginText,
    NameText,
    PasswordText,
    Recovered,
    Revoked,
    RowId,
    SessionPage,
    SignedInAnswer,
    SignInMethods,
    TokenText,
)
from geoapi.editing.invitations import accept_as_new, accept_as_self, recover
from geoapi.editing.sessions import (
    Device,
    Entered,
    change_password,
    needs_new_hash,
    note_failure,
    revoke_others,
    revoke_session,
    sign_in,
    sign_out,
    wrong_password,
)
from geoapi.editing.transaction import Answered, By
from geoapi.errors import InvalidInput, Words
from geoapi.queries.accounts import account_by_login, sessions_of
from geoapi.queries.invitations import look_at_invitation, look_at_recovery

router = APIRouter(prefix="/v1/auth", tags=["accounts"])
Kind = Annotated[
    Literal["bearer", "cookie"],
    Field(description="bearer 令牌(应用)、cookie(网页) · a token in the answer, or a cookie"),
]


class SignIn(Parameters):
    """Who signs in, and how."""

    login: LoginText
    password: PasswordText
    session: Kind = "bearer"


class NewPassword(Parameters):
    """The password as it is, and as it is to be."""

    current: PasswordText
    new: PasswordText


class Token(Parameters):
    """The token of a link."""

    token: TokenText


class Accept(Parameters):
    """An invitation's token, and the account to make; nothing of that where one is signed in already."""

    token: TokenText
    login: LoginText | None = None
    name: NameText | None = None
    password: PasswordText | None = None
    session: Kind = "bearer"


class Recover(Parameters):
    """A recovery link's token, and the new password."""

    token: TokenText
    password: PasswordText


def _example(summary: str, value: Mapping[str, Any]) -> dict[str, Example]:
    return {"example": {"summary": summary, "value": dict(value)}}


@router.get(
    "/methods",
    summary="登录方式 · ways of signing in",
    response_model=SignInMethods,
    responses=problem_responses(422, 503),
    description="密码总是可用；设置了 OpenID Connect 时还有 `oidc`。页面由 `signed_in` 得知是否已登录。\n\n"
    "Passwords always; `oidc` where an OpenID Connect provider is set up. A page, whose cookie it cannot "
    "read, learns from `signed_in` whether to ask.",
)
async def get_methods(service: ServiceDep, caller: MaybeCaller) -> Response:
    settings = service.settings.accounts
    oidc = None
    if service.oidc is not None:
        oidc = {"name": settings.oidc_name or urlsplit(settings.oidc_issuer or "").hostname}
    return json_answer(
        {
            "password": {"min_length": settings.password_min_length},
            "oidc": oidc,
            "signed_in": caller is not None,
        },
        headers={"Cache-Control": "no-store"},
    )


@router.post(
    "/sign-in",
    summary="登录 · sign in",
    response_model=SignedInAnswer,
    responses=problem_responses(401, 403, 413, 415, 422, 429, 503),
    description="登录名不分大小写。猜测过频为 429。登录名不存在、密码错误或账号停用，答复相同。\n\n"
    "The login's case does not matter. Guesses are throttled. An unknown login, a wrong password and a "
    "disabled account are answered alike.",
)
async def post_sign_in(
    asked: Annotated[
        SignIn,
        Body(
            openapi_examples=_example(
                "应用登录 · an app signs in", {"login": "manager", "password": "one of the demo's"}
            )
        ),
    ],
    request: Request,
    service: ServiceDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    _require_own_page(request, service, asked.session)
    by = By(None, address_of(request))
    return await attempted(
        request, service, by, lambda: _sign_in(request, service, by, asked), may_be_guessed=True
    )


async def _sign_in(request: Request, service: Service, by: By, asked: SignIn) -> Response:
    login = normalised_login(asked.login)
    await service.throttle.sign_in(login, by.address)
    known = await account_by_login(service.database, login)
    right = await service.passwords.verify(asked.password, known.password_hash if known else None)
    if known is None or not right:
        await note_failure(service.database, known, by.address, "sign_in_failed")
        raise wrong_password()
    new_hash = await service.passwords.hash(asked.password) if needs_new_hash(known) else None
    await service.throttle.succeeded(login, by.address)
    device = device_of(request, service, asked.session)

    def work(conn: Connection) -> Answered:
        return _entered(request, service, sign_in(conn, by, known, new_hash, device), device)

    return await change(request, service, by, "sign_in", work)


@router.post(
    "/sign-out",
    status_code=204,
    response_description="已退出 · signed out",
    summary="退出 · sign out",
    responses=problem_responses(401, 403, 422, 503),
)
async def post_sign_out(change: Post) -> Response:
    headers = {}
    if cookie_name(change.request, change.service) in change.request.cookies:
        headers["Set-Cookie"] = session_cookie(change.request, change.service, "", 0)
    return await change("sign_out", lambda conn: sign_out(conn, change.caller, headers))


@router.get(
    "/sessions",
    summary="我的登录 · my sessions",
    response_model=SessionPage,
    responses=problem_responses(401, 414, 422, 503),
    description="尚未结束的登录，最新的在前。\n\nThose that are not over, the newest first.",
)
async def get_sessions(asked: Annotated[ListOf, Query()], service: ServiceDep, caller: SignedIn) -> Response:
    page = await sessions_of(service.database, caller, cursor=asked.cursor, limit=asked.limit)
    return json_answer(
        {"items": page.items, "next_cursor": page.next_cursor}, headers={"Cache-Control": "no-store"}
    )


@router.delete(
    "/sessions/{id}",
    status_code=204,
    response_description="已结束 · it is over",
    summary="结束一个登录 · end a session",
    responses=problem_responses(401, 403, 404, 422, 503),
)
async def delete_session(id: RowId, change: Change) -> Response:
    return await change("revoke_session", lambda conn: revoke_session(conn, change.caller, id))


@router.post(
    "/sessions/revoke-others",
    summary="结束其他所有登录 · end all other sessions",
    response_model=Revoked,
    responses=problem_responses(401, 403, 422, 503),
)
async def post_revoke_others(change: Post) -> Response:
    return await change("revoke_other_sessions", lambda conn: revoke_others(conn, change.caller))


@router.post(
    "/password",
    status_code=204,
    response_description="已修改 · changed",
    summary="修改密码 · change the password",
    responses=problem_responses(401, 403, 409, 413, 415, 422, 429, 503),
    description="需要当前密码；其他登录随即结束。\n\nNeeds the current one; all other sessions end.",
)
async def post_password(
    asked: Annotated[
        NewPassword,
        Body(
            openapi_examples=_example(
                "换一个 · another one", {"current": "the one until now", "new": "three unrelated words"}
            )
        ),
    ],
    change: Post,
) -> Response:
    service, by, caller = change.service, change.by, change.caller
    check_new_password(
        asked.new, min_length=service.settings.accounts.password_min_length, login=caller.login,
        name=caller.name, field="new",
    )  # fmt: skip
    if asked.new == asked.current:
        raise InvalidInput(
            Words("与当前密码相同", "is the current one"),
            field="new",
            mend=Words("换一个", "choose another"),
        )

    async def attempt() -> Response:
        await service.throttle.sign_in(caller.login, by.address)
        known = await account_by_login(service.database, caller.login)
        right = await service.passwords.verify(asked.current, known.password_hash if known else None)
        if known is None or not right:
            await note_failure(service.database, known, by.address, "change_password_failed")
            raise InvalidInput(
                Words("当前密码不对", "is not the current password"),
                field="current",
                mend=Words("重试，或请管理员发恢复链接", "try again, or ask for a recovery link"),
            )
        await service.throttle.succeeded(caller.login, by.address)
        new_hash = await service.passwords.hash(asked.new)
        return await change("change_password",
            lambda conn: change_password(conn, caller, known, new_hash),
        )  # fmt: skip

    return await attempted(change.request, service, by, attempt)


@router.post(
    "/invitations/look",
    summary="邀请的内容 · what an invitation is to",
    response_model=InvitationLook,
    responses=problem_responses(404, 413, 415, 422, 429, 503),
    description="令牌无效、已使用、已撤销、已过期，答复相同。\n\n"
    "Not valid, used, revoked and expired are answered alike.",
)
async def post_invitation_look(
    asked: Annotated[
        Token,
        Body(openapi_examples=_example("链接中 # 之后 · what stands behind the #", {"token": "kV3…"})),
    ],
    request: Request,
    service: ServiceDep,
) -> Response:
    await service.throttle.link(address_of(request))
    found = await look_at_invitation(service.database, token_sha256(asked.token))
    return json_answer(found, headers={"Cache-Control": "no-store"})


@router.post(
    "/invitations/accept",
    status_code=201,
    response_description="已接受 · accepted",
    summary="接受邀请 · accept an invitation",
    response_model=SignedInAnswer,
    responses=problem_responses(403, 404, 409, 413, 415, 422, 429, 503),
    description="建立账号并登录，须有 `login`、`name`、`password`。已登录则只给 `token`：角色加给该账号。\n\n"
    "Makes the account and signs in, given `login`, `name` and `password`. When signed in, send `token` "
    "alone: the role is added to that account.",
)
async def post_invitation_accept(
    asked: Annotated[
        Accept,
        Body(
            openapi_examples=_example(
                "新账号 · a new account",
                {"token": "kV3…", "login": "wangfang", "name": "王芳", "password": "three unrelated words"},
            )
        ),
    ],
    request: Request,
    service: ServiceDep,
    by: ByWhom,
    caller: MaybeCaller,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    token = token_sha256(asked.token)
    if caller is not None:
        for field in ("login", "name", "password"):
            if getattr(asked, field) is not None:
                raise InvalidInput(
                    Words("已登录，角色会加给当前账号", "you are signed in: the role goes to that account"),
                    field=field,
                    mend=Words("去掉此项，或先退出", "leave it out, or sign out first"),
                )

        def add(conn: Connection) -> Answered:
            return Answered({"account": accept_as_self(conn, caller, token)}, 201)

        async def accept_for_caller() -> Response:
            await service.throttle.link(by.address)
            return await change(request, service, by, "accept_invitation", add)

        return await attempted(request, service, by, accept_for_caller)

    _require_own_page(request, service, asked.session)
    login = new_login(_given(asked.login, "login"))
    name, password = _given(asked.name, "name"), _given(asked.password, "password")
    check_new_password(
        password, min_length=service.settings.accounts.password_min_length, login=login, name=name
    )

    async def attempt() -> Response:
        await service.throttle.link(by.address)
        # before the work of hashing, for which a good link is the price
        await look_at_invitation(service.database, token)
        password_hash = await service.passwords.hash(password)
        device = device_of(request, service, asked.session)

        def work(conn: Connection) -> Answered:
            entered = accept_as_new(conn, by, token, login, name, password_hash, device)
            return _entered(request, service, entered, device, 201)

        return await change(request, service, by, "accept_invitation", work)

    return await attempted(request, service, by, attempt)


@router.post(
    "/recovery",
    summary="用恢复链接设新密码 · a new password by a recovery link",
    response_model=Recovered,
    responses=problem_responses(404, 413, 415, 422, 429, 503),
    description="所有登录随即结束，之前的错误尝试作废；然后用新密码登录。\n\n"
    "All sessions end, and wrong guesses are forgotten. Then sign in with the new password.",
)
async def post_recovery(
    asked: Annotated[
        Recover,
        Body(
            openapi_examples=_example(
                "设新密码 · a new password", {"token": "kV3…", "password": "three unrelated words"}
            )
        ),
    ],
    request: Request,
    service: ServiceDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    by = By(None, address_of(request))
    token = token_sha256(asked.token)

    async def attempt() -> Response:
        await service.throttle.link(by.address)
        whose = await look_at_recovery(service.database, token)
        login, name = whose["login"], whose["name"]
        check_new_password(
            asked.password, min_length=service.settings.accounts.password_min_length, login=login, name=name
        )
        password_hash = await service.passwords.hash(asked.password)
        return await change(
            request, service, by, "recover",
            lambda conn: recover(conn, by, token, password_hash, login=login, name=name),
        )  # fmt: skip

    return await attempted(request, service, by, attempt)


def _given(value: str | None, field: str) -> str:
    if value is None:
        raise InvalidInput(
            Words("缺少此项", "is missing"),
            field=field,
            mend=Words("请填写，或登录后再接受", "give a value, or sign in first and send the token alone"),
        )
    return value


def _require_own_page(request: Request, service: Service, session: str) -> None:
    """A cookie is given to this site's own page, and to what is no browser."""
    headers = request.headers
    if session == "cookie" and ("origin" in headers or "sec-fetch-site" in headers):
        require_same_origin(request, service)


def device_of(request: Request, service: Service, kind: Literal["bearer", "cookie"]) -> Device:
    """How and from where this request signs in."""
    return Device(
        kind, service.settings.accounts.session_days, address_of(request), request.headers.get("user-agent")
    )


def _entered(
    request: Request, service: Service, entered: Entered, device: Device, status: int = 200
) -> Answered:
    """The answer to whoever has a session now: its token, or the cookie that holds it."""
    body: dict[str, Any] = {"expires_at": entered.session.expires_at, "account": entered.account}
    if device.kind == "bearer":
        return Answered({"token": entered.session.token, **body}, status)
    cookie = session_cookie(request, service, entered.session.token, round(device.days * 86_400))
    return Answered(body, status, {"Set-Cookie": cookie})


def session_cookie(request: Request, service: Service, token: str, seconds: int) -> str:
    """The header that sets, or with 0 seconds ends, the web page's session."""
    secure = "; Secure" if is_secure(request, service) else ""
    name = cookie_name(request, service)
    return f"{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
