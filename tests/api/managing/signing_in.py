"""What tests of signing in share: requests from an address of one's choice, links, and clean buckets."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from tests.api.managing.conftest import PASSWORD, Client, Union

NEW_PASSWORD = "three unrelated words"
# keeps no cookies: nobody is signed in here by the way
PLAIN = httpx.Client(cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])), timeout=60)


def sign_in(
    union: Union, login: str, password: str = PASSWORD, *, address: str = "203.0.113.1", **more: Any
) -> httpx.Response:
    """Sign in with a client of its own; tests' uvicorn believes this machine's X-Forwarded-For."""
    headers = {"X-Forwarded-For": address, **more.pop("headers", {})}
    body = {"login": login, "password": password, **more}
    return PLAIN.post(f"{union.url}/v1/auth/sign-in", json=body, headers=headers)


def forget_guesses(union: Union) -> None:
    union.sql("DELETE FROM rate_bucket")


def holder(union: Union, token: str) -> Client:
    return Client(union.client, token)


def invited(union: Union, by: str, organisation: str, role: str = "manager", **more: Any) -> str:
    """The token of a new invitation."""
    answer = union.as_(by).post(
        "/v1/manage/invitations",
        {"organisation_id": str(union.organisations[organisation]), "role": role, **more},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def newcomer(
    union: Union, login: str, organisation: str = "dc-dongsi", role: str = "manager"
) -> tuple[int, str]:
    """A new account by invitation: its id and its session's token."""
    by = "city_admin" if role == "city_admin" or organisation == "bj" else "district_admin"
    answer = union.as_(None).post(
        "/v1/auth/invitations/accept",
        {
            "token": invited(union, by, organisation, role),
            "login": login,
            "name": "新人",
            "password": NEW_PASSWORD,
        },
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["account"]["id"]), str(answer.json()["token"])
