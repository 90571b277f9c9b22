"""Sessions: listed, ended, by oneself or by a change of password; cookies only from this site's own page."""

from __future__ import annotations

import httpx
import pytest

from tests.api.managing.conftest import Union
from tests.api.managing.signing_in import NEW_PASSWORD, PLAIN, forget_guesses, holder, newcomer, sign_in


@pytest.fixture(autouse=True)
def _no_guesses_before(union: Union) -> None:
    forget_guesses(union)


def token_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def test_sessions_say_from_where_with_what_and_which_is_this_one(union: Union) -> None:
    _, first = newcomer(union, "several")
    second = token_of(
        sign_in(
            union,
            "several",
            NEW_PASSWORD,
            address="2001:db8::7",
            headers={"User-Agent": "phone " + "x" * 300},
        )
    )
    items = holder(union, second).get("/v1/auth/sessions").json()["items"]
    assert [(one["current"], one["kind"]) for one in items] == [(True, "bearer"), (False, "bearer")]
    assert items[0]["address"] == "2001:db8::7"
    assert items[0]["user_agent"] == ("phone " + "x" * 300)[:200]
    assert items[0]["created_at"] <= items[0]["last_seen_at"] < items[0]["expires_at"]
    page = holder(union, first).get("/v1/auth/sessions", limit=1).json()
    assert [one["id"] for one in page["items"]] == [items[0]["id"]]
    page = holder(union, first).get("/v1/auth/sessions", limit=1, cursor=page["next_cursor"]).json()
    assert [one["current"] for one in page["items"]] == [True]
    assert page["next_cursor"] is None


def test_one_session_ends_at_once_and_others_are_not_ones_own_to_end(union: Union) -> None:
    _, first = newcomer(union, "two-phones")
    second = token_of(sign_in(union, "two-phones", NEW_PASSWORD))
    lost = holder(union, second).get("/v1/auth/sessions").json()["items"][0]["id"]
    # not another's, and not there at all, are the same
    stranger = union.as_("other_manager")
    texts = {stranger.delete(f"/v1/auth/sessions/{id}").text for id in (lost, 9_999_999)}
    assert len(texts) == 1
    assert stranger.delete(f"/v1/auth/sessions/{lost}").status_code == 404
    assert holder(union, second).get("/v1/me").status_code == 200
    assert holder(union, first).delete(f"/v1/auth/sessions/{lost}").status_code == 204
    assert holder(union, second).get("/v1/me").status_code == 401
    assert holder(union, first).delete(f"/v1/auth/sessions/{lost}").status_code == 404


def test_all_others_end_at_once(union: Union) -> None:
    _, first = newcomer(union, "many-phones")
    others = [token_of(sign_in(union, "many-phones", NEW_PASSWORD)) for _ in range(3)]
    mine = holder(union, first)
    assert mine.post("/v1/auth/sessions/revoke-others", idempotency_key="out").json() == {"revoked": 3}
    # a repeat answers the same
    assert mine.post("/v1/auth/sessions/revoke-others", idempotency_key="out").json() == {"revoked": 3}
    assert mine.post("/v1/auth/sessions/revoke-others").json() == {"revoked": 0}
    assert [holder(union, one).get("/v1/me").status_code for one in others] == [401] * 3
    assert mine.get("/v1/me").status_code == 200


def test_signing_out_ends_this_session_alone(union: Union) -> None:
    _, first = newcomer(union, "going-home")
    second = token_of(sign_in(union, "going-home", NEW_PASSWORD))
    answer = holder(union, second).post("/v1/auth/sign-out")
    assert answer.status_code == 204
    assert "set-cookie" not in answer.headers
    assert holder(union, second).post("/v1/auth/sign-out").status_code == 401
    assert holder(union, first).get("/v1/me").status_code == 200


def test_an_expired_session_is_over(union: Union) -> None:
    assert union.as_("expired").get("/v1/me").status_code == 401
    assert union.as_(None).get("/v1/me").status_code == 401
    for header in ("Bearer", "Bearer x", "Basic bWFuYWdlcjp4", "Bearer \xff"):
        answer = PLAIN.get(f"{union.url}/v1/me", headers={"Authorization": header.encode("latin-1")})
        assert answer.status_code == 401, header


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://[::1"}, False),
        ({"Origin": "http://a:99999999"}, False),
        ({"Origin": "{own}", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "{own}.evil.example"}, False),
        ({"Origin": "{own}0"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Referer": "{own}/manage"}, False),
    ],
)
def test_with_a_cookie_only_this_sites_own_page_changes_anything(
    union: Union, headers: dict[str, str], allowed: bool
) -> None:
    cookie = sign_in(union, "manager", session="cookie").headers["set-cookie"].split(";")[0]
    sent = {"Cookie": cookie, **{name: value.format(own=union.url) for name, value in headers.items()}}
    name = f"王芳{len(headers)}"
    answer = PLAIN.patch(f"{union.url}/v1/me", json={"name": name}, headers=sent)
    assert answer.status_code == (200 if allowed else 403)
    # reading is no change
    now = PLAIN.get(f"{union.url}/v1/me", headers={"Cookie": cookie}).json()["name"]
    assert (now == name) is allowed
    union.sql("UPDATE account SET name = '王芳' WHERE login = 'manager'")


def test_a_bearer_token_is_not_asked_where_it_comes_from(union: Union) -> None:
    answer = union.as_("neighbour").request(
        "PATCH", "/v1/me", json={"name": "周敏敏"}, headers={"Origin": "https://app.example"}
    )
    assert answer.status_code == 200
    assert answer.json()["name"] == "周敏敏"


def test_signing_out_clears_the_cookie(union: Union) -> None:
    cookie = sign_in(union, "manager", session="cookie").headers["set-cookie"].split(";")[0]
    answer = PLAIN.post(f"{union.url}/v1/auth/sign-out", headers={"Cookie": cookie, "Origin": union.url})
    assert answer.status_code == 204
    assert answer.headers["set-cookie"] == "geoapi_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
    assert PLAIN.get(f"{union.url}/v1/me", headers={"Cookie": cookie}).status_code == 401


def test_last_use_is_noted_every_five_minutes_and_not_more(union: Union) -> None:
    account, token = newcomer(union, "seen")
    seen = "SELECT last_seen_at FROM account_session WHERE account_id = %s"
    holder(union, token).get("/v1/me")
    first = union.sql(seen, account)
    holder(union, token).get("/v1/me")
    assert union.sql(seen, account) == first
    union.sql(
        "UPDATE account_session SET last_seen_at = now() - interval '6 minutes' WHERE account_id = %s",
        account,
    )
    holder(union, token).get("/v1/me")
    assert union.sql(seen, account)[0][0] > first[0][0]


def test_a_new_password_ends_all_other_sessions(union: Union) -> None:
    _, first = newcomer(union, "careful")
    second = token_of(sign_in(union, "careful", NEW_PASSWORD))
    mine = holder(union, first)
    body = {"current": NEW_PASSWORD, "new": "quite another one"}
    assert mine.post("/v1/auth/password", body, idempotency_key="p").status_code == 204
    assert holder(union, second).get("/v1/me").status_code == 401
    assert mine.get("/v1/me").status_code == 200
    # a repeat, though the current password is another by now
    again = mine.post("/v1/auth/password", body, idempotency_key="p")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (204, "true")
    assert sign_in(union, "careful", NEW_PASSWORD).status_code == 401
    assert sign_in(union, "careful", "quite another one").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"current": "wrong", "new": "quite another one"}, "current"),
        ({"current": NEW_PASSWORD, "new": NEW_PASSWORD}, "new"),
        ({"current": NEW_PASSWORD, "new": "short"}, "new"),
        ({"current": NEW_PASSWORD, "new": "1234567890"}, "new"),
        ({"new": "quite another one"}, "current"),
    ],
)
def test_what_cannot_be_a_new_password(union: Union, body: dict[str, str], field: str) -> None:
    token = sign_in(union, "careless", NEW_PASSWORD).json().get("token") or newcomer(union, "careless")[1]
    answer = holder(union, token).post("/v1/auth/password", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert sign_in(union, "careless", NEW_PASSWORD).status_code == 200


def test_no_answer_holds_a_token_or_a_hash(union: Union) -> None:
    union.as_("district_admin").get("/v1/me")
    for path in (
        "/v1/me", "/v1/auth/sessions", "/v1/manage/accounts", "/v1/manage/invitations", "/v1/manage/events",
        f"/v1/manage/accounts/{union.accounts['manager']}",
    ):  # fmt: skip
        text = union.as_("city_admin").get(path).text
        assert "argon2" not in text, path
        assert "sha256" not in text, path
        assert all(token not in text for token in union.tokens.values()), path
        assert union.as_("city_admin").get(path).headers["cache-control"] == "no-store"
