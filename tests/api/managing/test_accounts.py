"""Accounts as administrators keep them: seen within reach, disabled, given and taken roles; and one's own."""

from __future__ import annotations

import pytest

from geoapi.accounts import permissions
from tests.api.managing.conftest import Union
from tests.api.managing.signing_in import forget_guesses, holder, newcomer


@pytest.fixture(autouse=True)
def _no_guesses_before(union: Union) -> None:
    forget_guesses(union)


def path(union: Union, login: str, *more: str) -> str:
    return "/".join((f"/v1/manage/accounts/{union.accounts[login]}", *more))


def logins(union: Union, who: str, **asked: str) -> set[str]:
    answer = union.as_(who).get("/v1/manage/accounts", limit=500, **asked)
    assert answer.status_code == 200, answer.text
    return {one["login"] for one in answer.json()["items"]}


def test_accounts_are_seen_where_they_have_a_role(union: Union) -> None:
    dongcheng = {"manager", "neighbour", "district_admin", "auditor", "disabled", "expired"}
    assert logins(union, "district_admin") >= dongcheng
    assert logins(union, "auditor") >= dongcheng
    assert not logins(union, "auditor") & {"other_manager", "other_district_admin", "city_admin"}
    assert {"other_manager", "other_district_admin"} <= logins(union, "other_district_admin")
    assert not logins(union, "other_district_admin") & dongcheng
    assert logins(union, "city_admin") > dongcheng
    assert union.as_("manager").get("/v1/manage/accounts").status_code == 403
    assert union.as_(None).get("/v1/manage/accounts").status_code == 401


def test_accounts_are_found_by_part_of_login_or_name(union: Union) -> None:
    assert logins(union, "city_admin", q="OTHER_") == {"other_manager", "other_district_admin"}
    assert logins(union, "city_admin", q="周") == {"neighbour"}
    assert logins(union, "city_admin", q="%") == set()


def test_pages_go_through_all_accounts_once(union: Union) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        asked = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = union.as_("city_admin").get("/v1/manage/accounts", **asked).json()
        seen += [one["login"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) == logins(union, "city_admin")


def test_one_account_says_its_roles_within_reach_and_that_there_are_others(union: Union) -> None:
    account, _ = newcomer(union, "in-two-places")
    role = {"organisation_id": str(union.organisations["xc-xidan"]), "role": "manager"}
    assert union.as_("city_admin").post(f"/v1/manage/accounts/{account}/roles", role).status_code == 201
    own = f"/v1/manage/accounts/{account}"
    here = union.as_("district_admin").get(own).json()
    assert [one["organisation"]["code"] for one in here["roles"]] == ["dc-dongsi"]
    assert here["roles_elsewhere"] == 1
    everywhere = union.as_("city_admin").get(own).json()
    assert [one["organisation"]["code"] for one in everywhere["roles"]] == ["dc-dongsi", "xc-xidan"]
    # who has a role elsewhere is not this district's to disable, and the reason is said
    refused = union.as_("district_admin").post(f"{own}/disable")
    assert refused.status_code == 403
    assert (
        "not yours to give"
        in union.as_("district_admin")
        .request("POST", f"{own}/disable", headers={"Accept-Language": "en"})
        .text
    )
    assert union.as_("district_admin").post(f"{own}/recovery").status_code == 403
    # its role here may be taken
    taken = union.as_("district_admin").delete(f"{own}/roles/{here['roles'][0]['id']}")
    assert taken.status_code == 204
    assert union.as_("district_admin").get(own).status_code == 404
    assert union.as_("city_admin").post(f"{own}/disable").status_code == 200


def test_beyond_reach_is_as_if_it_were_not(union: Union) -> None:
    admin = union.as_("district_admin")
    answers = [
        (one.status_code, one.text)
        for target in (path(union, "other_manager"), "/v1/manage/accounts/999999")
        for one in (
            admin.get(target),
            *(admin.post(f"{target}/{act}") for act in ("disable", "enable", "recovery")),
        )
    ]
    assert len(set(answers)) == 1
    assert answers[0][0] == 404


@pytest.mark.parametrize(
    ("who", "whose", "status"),
    [
        ("district_admin", "district_admin", 409),
        ("city_admin", "city_admin", 409),
        ("manager", "manager", 403),
        ("manager", "neighbour", 403),
        ("auditor", "manager", 403),
        ("auditor", "auditor", 403),
        ("district_admin", "city_admin", 404),
        ("disabled", "manager", 401),
        (None, "manager", 401),
    ],
)
def test_who_may_not_disable_whom(union: Union, who: str | None, whose: str, status: int) -> None:
    assert union.as_(who).post(path(union, whose, "disable")).status_code == status
    assert union.sql("SELECT disabled_at IS NULL FROM account WHERE login = %s", whose) == [(True,)]


def test_disabling_ends_sessions_and_enabling_does_not_bring_them_back(union: Union) -> None:
    account, token = newcomer(union, "on-leave")
    admin = union.as_("district_admin")
    for _ in range(2):
        assert admin.post(f"/v1/manage/accounts/{account}/disable").json()["disabled_at"] is not None
    assert holder(union, token).get("/v1/me").status_code == 401
    for _ in range(2):
        assert admin.post(f"/v1/manage/accounts/{account}/enable").json()["disabled_at"] is None
    assert holder(union, token).get("/v1/me").status_code == 401
    actions = union.sql("SELECT action FROM event WHERE subject = %s ORDER BY id", f"account:{account}")
    assert [one for (one,) in actions] == ["accept_invitation", "disable_account", "enable_account"]


def test_nobody_takes_away_their_own_last_administrators_role(union: Union) -> None:
    account, token = newcomer(union, "chief", "dc", "district_admin")
    chief = holder(union, token)
    roles = f"/v1/manage/accounts/{account}/roles"
    last = chief.get("/v1/me").json()["roles"][0]["id"]
    assert chief.delete(f"{roles}/{last}").status_code == 409
    extra = {"organisation_id": str(union.organisations["dc-dongsi"]), "role": "district_admin"}
    given = chief.post(roles, extra).json()["roles"][-1]["id"]
    assert chief.delete(f"{roles}/{last}").status_code == 204
    # what is left holds in the street alone
    assert chief.delete(f"{roles}/{given}").status_code == 409
    assert chief.get("/v1/me").json()["may"]["invite"] == [extra["organisation_id"]]
    # somebody else may
    assert union.as_("district_admin").delete(f"{roles}/{given}").status_code == 204
    assert chief.get("/v1/manage/accounts").status_code == 403


@pytest.mark.parametrize(
    ("who", "organisation", "role", "status"),
    [
        ("district_admin", "dc-jianguomen", "manager", 201),
        ("district_admin", "dc-jianguomen", "manager", 409),
        ("district_admin", "dc", "city_admin", 403),
        ("district_admin", "xc-xidan", "manager", 403),
        ("auditor", "dc-dongsi", "auditor", 403),
        ("manager", "dc-dongsi", "auditor", 403),
        ("other_district_admin", "xc-xidan", "manager", 404),
    ],
)
def test_who_may_give_which_role_where(
    union: Union, who: str, organisation: str, role: str, status: int
) -> None:
    body = {"organisation_id": str(union.organisations[organisation]), "role": role}
    assert union.as_(who).post(path(union, "expired", "roles"), body).status_code == status


def test_a_role_is_taken_only_from_whom_it_is(union: Union) -> None:
    role = union.sql("SELECT id FROM account_role WHERE account_id = %s", union.accounts["neighbour"])[0][0]
    admin = union.as_("district_admin")
    assert admin.delete(path(union, "manager", "roles", str(role))).status_code == 404
    assert union.as_("auditor").delete(path(union, "neighbour", "roles", str(role))).status_code == 403
    foreign = union.sql("SELECT id FROM account_role WHERE account_id = %s", union.accounts["city_admin"])[0][
        0
    ]
    assert admin.delete(path(union, "city_admin", "roles", str(foreign))).status_code == 404
    missing = {"organisation_id": "999999", "role": "manager"}
    assert admin.post(path(union, "neighbour", "roles"), missing).status_code == 404


def test_postgresql_refuses_what_the_rule_would(union: Union, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the first wall gone nobody disables, or takes a role from, whom they could not appoint."""
    monkeypatch.setattr(permissions, "may_give", lambda *_: True)
    account, token = newcomer(union, "walled", "dc", "auditor")
    union.sql(
        "INSERT INTO account_role (account_id, organisation_id, role) VALUES (%s, %s, 'city_admin')",
        account, union.organisations["dc"],
    )  # fmt: skip
    rows = "SELECT row_to_json(a)::text, row_to_json(r)::text FROM account AS a JOIN account_role AS r ON r.account_id = a.id WHERE a.id = %s ORDER BY r.id"  # noqa: E501
    before = union.sql(rows, account)
    admin = union.as_("district_admin")
    role = union.sql("SELECT id FROM account_role WHERE account_id = %s AND role = 'city_admin'", account)[0][
        0
    ]
    assert admin.delete(f"/v1/manage/accounts/{account}/roles/{role}").status_code == 403
    assert admin.post(f"/v1/manage/accounts/{account}/recovery").status_code == 403
    admin.post(f"/v1/manage/accounts/{account}/disable")
    assert union.sql(rows, account) == before
    assert holder(union, token).get("/v1/me").status_code == 200


def test_me_says_who_i_am_and_where_i_may_what(union: Union) -> None:
    me = union.as_("manager").get("/v1/me").json()
    here = str(union.organisations["dc-dongsi"])
    assert me["roles"][0]["organisation"]["code"] == "dc-dongsi"
    assert set(me["may"]) == {act.value for act in permissions.Act}
    assert me["may"]["edit_station"] == [here]
    assert me["may"]["invite"] == []
    # the two that are the street's own
    assert me["counts"] == {"stations": 2, "open_invitations": 0}
    # and in the district those that only lie there; retired ones are none
    assert union.as_("district_admin").get("/v1/me").json()["counts"]["stations"] == 4
    assert union.as_("auditor").get("/v1/me").json()["counts"]["stations"] == 0


@pytest.mark.parametrize("body", [{"login": "boss"}, {"roles": []}, {"disabled_at": None}, {"name": " "}, {}])
def test_i_can_change_nothing_of_me_but_my_name(union: Union, body: dict[str, object]) -> None:
    assert union.as_("neighbour").request("PATCH", "/v1/me", json=body).status_code == 422
