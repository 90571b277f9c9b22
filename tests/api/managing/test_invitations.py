"""Invitations and recovery links: good once, for a time, and only as long as their giver could give them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from geoapi.accounts import permissions
from tests.api.managing.conftest import PASSWORD, Union
from tests.api.managing.signing_in import (
    NEW_PASSWORD,
    PLAIN,
    forget_guesses,
    holder,
    invited,
    newcomer,
    sign_in,
)


@pytest.fixture(autouse=True)
def _no_guesses_before(union: Union) -> None:
    forget_guesses(union)


def look(union: Union, token: str) -> tuple[int, str]:
    answer = union.as_(None).post("/v1/auth/invitations/look", {"token": token})
    return answer.status_code, answer.text


def accept(union: Union, token: str, login: str = "invitee", **more: str):  # type: ignore[no-untyped-def]
    body = {"token": token, "login": login, "name": "新人", "password": NEW_PASSWORD, **more}
    return PLAIN.post(f"{union.url}/v1/auth/invitations/accept", json=body)


def test_an_invitation_becomes_an_account_that_is_signed_in(union: Union) -> None:
    answer = union.as_("district_admin").post(
        "/v1/manage/invitations",
        {"organisation_id": str(union.organisations["dc-dongsi"]), "role": "manager", "name": "小刘"},
    )
    assert answer.status_code == 201
    token = answer.json()["token"]
    # behind the #, which browsers keep to themselves
    assert answer.json()["link"] == f"{union.url}/manage#invitation={token}"
    seen = union.as_(None).post("/v1/auth/invitations/look", {"token": token}).json()
    assert seen.pop("expires_at") == answer.json()["expires_at"]
    assert seen == {
        "name": "小刘",
        "role": "manager",
        "invited_by": "赵静",
        "organisation": {
            "id": str(union.organisations["dc-dongsi"]), "code": "dc-dongsi", "level": "street",
            "name": "东四街道总工会", "name_en": None,
        },
    }  # fmt: skip
    made = accept(union, token, "Xiao.Liu", name="  刘洋 ")
    assert made.status_code == 201
    assert made.json()["account"]["login"] == "xiao.liu"
    me = holder(union, made.json()["token"]).get("/v1/me").json()
    assert me["name"] == "刘洋"
    assert [(one["role"], one["organisation"]["code"]) for one in me["roles"]] == [("manager", "dc-dongsi")]
    listed = union.as_("auditor").get("/v1/manage/invitations", state="used").json()["items"][0]
    assert (listed["id"], listed["account_id"]) == (answer.json()["id"], me["id"])
    assert token not in union.as_("auditor").get("/v1/manage/invitations").text
    assert sign_in(union, "xiao.liu", NEW_PASSWORD).status_code == 200


def test_links_that_are_not_good_are_answered_alike(union: Union) -> None:
    used, expired, revoked, orphaned = (invited(union, "district_admin", "dc-dongsi") for _ in range(4))
    assert accept(union, used, "used-one").status_code == 201
    by_digest = "UPDATE invitation SET {} WHERE token_sha256 = sha256(convert_to(%s, 'UTF8'))"
    union.sql(by_digest.format("expires_at = now()"), expired)
    union.sql(by_digest.format("revoked_at = now()"), revoked)
    # given by somebody who could not give it any longer
    union.sql(by_digest.format("created_by = (SELECT id FROM account WHERE login = 'manager')"), orphaned)
    recovery = union.as_("district_admin").post(f"/v1/manage/accounts/{union.accounts['manager']}/recovery")
    tokens = [used, expired, revoked, orphaned, "nonsense", recovery.json()["token"]]
    texts = {look(union, token) for token in tokens}
    assert len(texts) == 1
    assert next(iter(texts))[0] == 404
    assert len({accept(union, token, f"n-{n}").text for n, token in enumerate(tokens)}) == 1
    assert accept(union, used, "again").status_code == 404
    assert union.sql("SELECT count(*) FROM account WHERE login LIKE 'n-%%' OR login = 'again'") == [(0,)]


def test_a_link_makes_one_account_however_many_take_it_at_once(union: Union) -> None:
    token = invited(union, "district_admin", "dc-dongsi")
    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(lambda n: accept(union, token, f"racer-{n}").status_code, range(8)))
    assert statuses == [201] + [404] * 7
    assert union.sql("SELECT count(*) FROM account WHERE login LIKE 'racer-%%'") == [(1,)]


def test_an_acceptance_can_be_sent_again_with_its_key(union: Union) -> None:
    token = invited(union, "district_admin", "dc-dongsi")
    body = {"token": token, "login": "patient", "name": "x", "password": NEW_PASSWORD}

    def send(_: int) -> tuple[int, str]:
        answer = PLAIN.post(
            f"{union.url}/v1/auth/invitations/accept", json=body, headers={"Idempotency-Key": "accept"}
        )
        return answer.status_code, answer.text

    with ThreadPoolExecutor(10) as threads:
        answers = set(threads.map(send, range(40)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    assert send(0) in answers


def test_a_taken_login_is_refused_and_leaves_the_link_good(union: Union) -> None:
    token = invited(union, "district_admin", "dc-dongsi")
    answer = accept(union, token, "Manager")
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["field"] == "login"
    assert accept(union, token, "another-login").status_code == 201


def test_accepting_while_signed_in_adds_the_role(union: Union) -> None:
    account, session = newcomer(union, "second-post")
    token = invited(union, "district_admin", "dc-jianguomen", "auditor")
    mine = holder(union, session)
    assert mine.post("/v1/auth/invitations/accept", {"token": token, "login": "x-y-z"}).status_code == 422
    answer = mine.post("/v1/auth/invitations/accept", {"token": token})
    assert answer.status_code == 201
    assert answer.json() == {"account": {"id": str(account), "login": "second-post", "name": "新人"}}
    roles = {(one["role"], one["organisation"]["code"]) for one in mine.get("/v1/me").json()["roles"]}
    assert roles == {("manager", "dc-dongsi"), ("auditor", "dc-jianguomen")}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"login": "a b"}, "login"),
        ({"password": "short"}, "password"),
        ({"password": "invitee-invitee", "login": "invitee-invitee"}, "password"),
        ({"name": "   "}, "name"),
        ({"role": "city_admin"}, "role"),
        ({"organisation_id": "1"}, "organisation_id"),
    ],
)
def test_what_an_acceptance_cannot_say(union: Union, more: dict[str, str], field: str) -> None:
    token = invited(union, "district_admin", "dc-dongsi")
    answer = accept(union, token, **more)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert look(union, token)[0] == 200


@pytest.mark.parametrize(
    ("who", "organisation", "role", "status"),
    [
        ("manager", "dc-dongsi", "manager", 403),
        ("auditor", "dc-dongsi", "manager", 403),
        ("district_admin", "dc-dongsi", "manager", 201),
        ("district_admin", "dc", "district_admin", 201),
        ("district_admin", "dc", "city_admin", 403),
        ("district_admin", "dc-dongsi", "city_admin", 403),
        ("district_admin", "bj", "district_admin", 403),
        ("district_admin", "xc-xidan", "manager", 403),
        ("other_district_admin", "dc", "auditor", 403),
        ("city_admin", "xc", "district_admin", 201),
        ("city_admin", "bj", "city_admin", 201),
        ("disabled", "dc-dongsi", "manager", 401),
        ("expired", "dc-dongsi", "manager", 401),
        (None, "dc-dongsi", "manager", 401),
    ],
)
def test_who_may_invite_whom_where(
    union: Union, who: str | None, organisation: str, role: str, status: int
) -> None:
    body = {"organisation_id": str(union.organisations[organisation]), "role": role}
    assert union.as_(who).post("/v1/manage/invitations", body).status_code == status


def test_postgresql_refuses_what_the_rule_would(union: Union, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the first wall gone, a district's administrator still makes no city's."""
    monkeypatch.setattr(permissions, "may_give", lambda *_: True)
    before = union.sql("SELECT count(*) FROM invitation"), union.sql("SELECT count(*) FROM account_role")
    admin = union.as_("district_admin")
    for organisation, role in (("dc", "city_admin"), ("bj", "city_admin"), ("xc-xidan", "manager")):
        body = {"organisation_id": str(union.organisations[organisation]), "role": role}
        assert admin.post("/v1/manage/invitations", body).status_code == 403
        own = f"/v1/manage/accounts/{union.accounts['district_admin']}/roles"
        assert admin.post(own, body).status_code == 403
    assert (
        union.sql("SELECT count(*) FROM invitation"),
        union.sql("SELECT count(*) FROM account_role"),
    ) == before


def test_an_invitation_can_be_taken_back_until_it_is_used(union: Union) -> None:
    token = invited(union, "district_admin", "dc-dongsi")
    listed = union.as_("district_admin").get("/v1/manage/invitations", state="open").json()["items"][0]
    path = f"/v1/manage/invitations/{listed['id']}"
    assert union.as_("other_district_admin").delete(path).status_code == 404
    assert union.as_("auditor").delete(path).status_code == 403
    assert union.as_("manager").delete(path).status_code == 404
    assert look(union, token)[0] == 200
    assert union.as_("district_admin").delete(path).status_code == 204
    assert union.as_("district_admin").delete(path).status_code == 204
    assert look(union, token)[0] == 404
    assert accept(union, token).status_code == 404
    used = union.as_("district_admin").get("/v1/manage/invitations", state="used").json()["items"]
    token = invited(union, "district_admin", "dc-dongsi")
    assert accept(union, token, "too-late").status_code == 201
    mine = union.as_("district_admin").get("/v1/manage/invitations", state="used").json()["items"]
    assert len(mine) == len(used) + 1
    assert union.as_("district_admin").delete(f"/v1/manage/invitations/{mine[0]['id']}").status_code == 409


def test_invitations_are_seen_by_those_who_oversee_the_place(union: Union) -> None:
    invited(union, "city_admin", "xc-xidan")
    codes = {
        one["organisation"]["code"]
        for one in union.as_("auditor").get("/v1/manage/invitations", limit=500).json()["items"]
    }
    assert codes <= {"dc", "dc-dongsi", "dc-jianguomen"}
    assert union.as_("manager").get("/v1/manage/invitations").status_code == 403
    page = union.as_("city_admin").get("/v1/manage/invitations", limit=1).json()
    assert page["items"][0]["organisation"]["code"] == "xc-xidan"
    other = union.as_("other_district_admin").get("/v1/manage/invitations", cursor=page["next_cursor"])
    assert other.status_code == 422


def test_a_recovery_link_sets_a_password_once_and_ends_every_session(union: Union) -> None:
    account, session = newcomer(union, "forgetful")
    admin = union.as_("district_admin")
    first, second = (admin.post(f"/v1/manage/accounts/{account}/recovery").json() for _ in range(2))
    assert second["link"] == f"{union.url}/manage#recovery={second['token']}"

    def recover(token: str, password: str = "found it again") -> int:
        body = {"token": token, "password": password}
        return union.as_(None).post("/v1/auth/recovery", body).status_code

    assert recover(second["token"], "forgetful!") == 200
    assert holder(union, session).get("/v1/me").status_code == 401
    assert sign_in(union, "forgetful", "forgetful!").status_code == 200
    # the other one has gone with it, and an invitation is none
    assert [recover(first["token"]), recover(second["token"]), recover("nonsense")] == [404] * 3
    assert recover(invited(union, "district_admin", "dc-dongsi")) == 404
    third = admin.post(f"/v1/manage/accounts/{account}/recovery").json()["token"]
    assert recover(third, "short") == 422
    assert recover(third, "forgetful") == 422
    union.sql("UPDATE account SET disabled_at = now() WHERE id = %s", account)
    assert recover(third) == 404
    assert admin.post(f"/v1/manage/accounts/{account}/recovery").status_code == 409


def test_a_recovery_unlinks_an_identity_that_may_be_somebody_elses(union: Union) -> None:
    account, _ = newcomer(union, "linked")
    union.sql(
        "UPDATE account SET oidc_issuer = 'https://id.example', oidc_subject = '7' WHERE id = %s", account
    )
    link = union.as_("district_admin").post(f"/v1/manage/accounts/{account}/recovery").json()
    body = {"token": link["token"], "password": "mine again, I hope"}
    assert union.as_(None).post("/v1/auth/recovery", body).status_code == 200
    assert union.sql("SELECT oidc_issuer, oidc_subject FROM account WHERE id = %s", account) == [(None, None)]


def test_a_recovery_link_is_good_only_as_long_as_its_giver_could_give_it(union: Union) -> None:
    """Else administrators would keep keys to whoever rises above them, and to all after their own fall."""

    def link(by: str, account: int) -> str:
        return str(union.as_(by).post(f"/v1/manage/accounts/{account}/recovery").json()["token"])

    def recover(token: str) -> int:
        body = {"token": token, "password": "not for you to set"}
        return union.as_(None).post("/v1/auth/recovery", body).status_code

    riser, _ = newcomer(union, "riser")
    giver, session = newcomer(union, "giver", "dc", "district_admin")
    kept = str(holder(union, session).post(f"/v1/manage/accounts/{riser}/recovery").json()["token"])
    union.sql(
        "INSERT INTO account_role (account_id, organisation_id, role) VALUES (%s, %s, 'city_admin')",
        riser, union.organisations["bj"],
    )  # fmt: skip
    assert recover(kept) == 404
    union.sql("DELETE FROM account_role WHERE account_id = %s AND role = 'city_admin'", riser)
    union.sql("UPDATE account SET disabled_at = now() WHERE id = %s", giver)
    assert recover(kept) == 404
    # PostgreSQL itself says so, whatever the route looked at before
    [(whose,)] = union.sql("SELECT recover_account(sha256(%s), 'x')", kept.encode())
    assert whose is None
    assert sign_in(union, "riser", NEW_PASSWORD).status_code == 200
    assert recover(link("district_admin", riser)) == 200


def test_nobody_recovers_themselves_or_whom_they_could_not_appoint(union: Union) -> None:
    def status(who: str, whose: str) -> int:
        return union.as_(who).post(f"/v1/manage/accounts/{union.accounts[whose]}/recovery").status_code

    assert status("district_admin", "district_admin") == 409
    assert status("district_admin", "city_admin") == 404
    assert status("district_admin", "other_manager") == 404
    assert status("auditor", "manager") == 403
    assert status("manager", "neighbour") == 403
    assert PASSWORD
