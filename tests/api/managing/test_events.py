"""What was done is on record, and read by those who oversee the place."""

from __future__ import annotations

import psycopg
import pytest

from geoapi.db.engine import as_service
from tests.api.managing.conftest import Union
from tests.api.managing.signing_in import NEW_PASSWORD, forget_guesses, newcomer, sign_in

PATH = "/v1/manage/events"


def test_events_tell_who_did_what_to_whom_from_where(union: Union) -> None:
    forget_guesses(union)
    account, _ = newcomer(union, "watched")
    sign_in(union, "watched", "wrong")
    sign_in(union, "watched", NEW_PASSWORD, address="2001:db8::1")
    union.as_("district_admin").post(f"/v1/manage/accounts/{account}/disable")
    items = union.as_("auditor").get(PATH, account_id=str(account)).json()["items"]
    told = [(one["action"], one["actor"], one["address"], one["subject"]) for one in items]
    whom = f"account:{account}"
    assert told == [
        ("disable_account", "赵静", "127.0.0.1", whom),
        ("sign_in", "新人", "2001:db8::1", whom),
        ("sign_in_failed", "service", "203.0.113.1", whom),
        ("accept_invitation", "新人", "127.0.0.1", whom),
    ]
    assert {one["organisation"]["code"] for one in items} == {"dc-dongsi"}
    assert union.as_("auditor").get(PATH, action="sign_in_failed").json()["items"][0]["id"] == items[2]["id"]
    page = union.as_("auditor").get(PATH, limit=1, account_id=str(account)).json()
    following = union.as_("auditor").get(PATH, account_id=str(account), cursor=page["next_cursor"]).json()
    assert page["items"] + following["items"] == items


@pytest.mark.parametrize(
    ("who", "status"),
    [("manager", 403), ("auditor", 200), ("district_admin", 200), ("disabled", 401), (None, 401)],
)
def test_who_reads_events(union: Union, who: str | None, status: int) -> None:
    assert union.as_(who).get(PATH).status_code == status


def test_events_of_elsewhere_are_not_seen(union: Union) -> None:
    forget_guesses(union)
    sign_in(union, "manager", "wrong")
    seen = union.as_("other_district_admin").get(PATH, limit=500).json()["items"]
    assert all(one["organisation"]["code"].startswith("xc") for one in seen)


def test_the_services_role_can_neither_change_nor_forge_events(union: Union) -> None:
    for statement in (
        "UPDATE event SET action = 'x'",
        "DELETE FROM event",
        "TRUNCATE event",
        "INSERT INTO event (account_id, action) SELECT min(id), 'sign_in' FROM account",
    ):
        with (
            psycopg.connect(as_service(union.database_url)) as conn,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            conn.execute(statement.encode())
