"""`geoapi admin`: the first account, and what only whoever runs the service may do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator

import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from geoapi.accounts.passwords import verify_password
from geoapi.cli import command_line
from geoapi.commands.sample_staff import staff_sample
from geoapi.errors import Conflict, GeoapiError, NotFound
from tests.api.conftest import DISTRICTS
from tests.commands.conftest import Geoapi

PASSWORD = "three unrelated words"


@pytest.fixture
def records(db_url: str) -> Iterator[psycopg.Connection]:
    """The database with districts, where no organisation is yet."""
    with psycopg.connect(db_url, autocommit=True) as conn:
        conn.execute(DISTRICTS)
        # as a load leaves it that came before its district's organisation
        conn.execute(
            """INSERT INTO organisation (code, level, name_zh, district_code, source)
               VALUES ('file:1', 'venue', '某商场', '110101', 'file')"""
        )
        yield conn


@pytest.fixture
def admin(db_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`geoapi admin ARGUMENTS…` within this process, which starts sooner."""
    monkeypatch.setenv("GEOAPI_DATABASE_URL", db_url)
    app = command_line("admin")
    return lambda *arguments: CliRunner().invoke(app, ["admin", *arguments])


def test_the_first_account_of_a_city_without_organisations(
    geoapi: Geoapi, records: psycopg.Connection
) -> None:
    none = geoapi(
        "admin", "create", "--login", "boss", "--name", "x", "--role", "city_admin", "--district", "110000"
    )
    assert none.returncode == 1
    assert "--from-districts" in none.stderr
    made = geoapi("admin", "organisations", "--from-districts", "--json")
    assert made.returncode == 0, made.stderr
    organisations = {one["code"]: one for one in map(json.loads, made.stdout.splitlines())}
    assert {code: (one["parent"], one["created"]) for code, one in organisations.items()} == {
        "union-110000": (None, True),
        "union-110101": ("union-110000", True),
        "union-110102": ("union-110000", True),
        "file:1": ("union-110101", False),
    }
    done = geoapi(
        "admin", "create", "--login", "Boss", "--name", "老板", "--role", "city_admin", "--district",
        "110000", "--password-stdin", "--json", stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["organisation"] == "union-110000"
    assert PASSWORD not in done.stdout + done.stderr
    row = records.execute("SELECT password_hash, name FROM account WHERE login = 'boss'").fetchone()
    assert row is not None
    assert verify_password(PASSWORD, row[0])
    assert row[1] == "老板"
    assert records.execute("SELECT actor, action FROM event").fetchall() == [
        ("command line", "create_account")
    ]
    again = geoapi(
        "admin", "create", "--login", "boss", "--name", "x", "--role", "manager", "--district", "110101",
        "--password-stdin", stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert again.returncode == 1
    assert "the login is taken" in again.stderr
    assert "Traceback" not in again.stderr


def test_links_roles_and_disabling(admin: Callable[..., Result], records: psycopg.Connection) -> None:
    assert admin("organisations", "--from-districts").exit_code == 0
    records.execute("INSERT INTO account (login, name) VALUES ('fang', '王芳')")
    invitation = json.loads(
        admin("create", "--invite", "--role", "manager", "--district", "110101", "--json").stdout
    )
    assert invitation["link"].endswith(f"/manage#invitation={invitation['token']}")
    kept = records.execute("SELECT token_sha256, created_by FROM invitation").fetchone()
    assert kept == (hashlib.sha256(invitation["token"].encode()).digest(), None)
    role = ("fang", "--role", "auditor", "--organisation", "union-110101")
    assert [admin("role", command, *role).exit_code for command in ("add", "remove")] == [0, 0]
    assert isinstance(admin("role", "remove", *role).exception, NotFound)
    link = admin("recover", "Fang")
    assert link.stdout.startswith("http://127.0.0.1:8000/manage#recovery=")
    assert len(link.stdout.splitlines()) == 1
    assert admin("disable", "fang").exit_code == 0
    assert isinstance(admin("recover", "fang").exception, Conflict)
    (listed,) = (json.loads(line) for line in admin("list", "--json").stdout.splitlines())
    assert (listed["login"], listed["roles"], listed["disabled_at"] is None) == ("fang", [], False)
    assert json.loads(admin("enable", "fang", "--json").stdout) == {"login": "fang", "disabled": False}
    assert {actor for (actor,) in records.execute("SELECT actor FROM event")} == {"command line"}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("create", "--role", "manager", "--district", "1", "--login", "x y", "--name", "x"), "login"),
        (("create", "--role", "manager", "--login", "abc", "--name", "x"), "--organisation"),
        (("create", "--role", "manager", "--district", "1", "--login", "abc", "--name", "x"), "--district"),
        (("create", "--role", "manager", "--district", "1"), "--login"),
        (("disable", "nobody"), "LOGIN"),
        (("organisations", "--from-districts"), "--from-districts"),
    ],
)
def test_mistakes_name_what_to_mend(
    admin: Callable[..., Result], arguments: tuple[str, ...], field: str
) -> None:
    done = admin(*arguments)
    assert isinstance(done.exception, GeoapiError)
    assert done.exception.field == field
    assert done.exception.mend
    assert done.stdout == ""


def test_the_demos_people_get_new_passwords_and_nobody_elses_is_touched(
    records: psycopg.Connection, db_url: str
) -> None:
    for code in ("110000", "110101", "110101-s07"):
        records.execute(
            "INSERT INTO organisation (code, level, name_zh, source) VALUES (%s, 'district', 'x', 'sample')",
            [f"sample-{code}"],
        )
    # somebody real has this login
    records.execute("INSERT INTO account (login, name, password_hash) VALUES ('city', 'real', 'kept')")
    first, second = staff_sample(db_url), staff_sample(db_url)
    assert [one.login for one in first] == ["manager", "district", "auditor"]
    assert [one.login for one in second] == [one.login for one in first]
    assert not {one.password for one in first} & {one.password for one in second}
    for one in second:
        row = records.execute("SELECT password_hash FROM account WHERE login = %s", [one.login]).fetchone()
        assert row is not None
        assert verify_password(one.password, row[0])
    assert records.execute("SELECT password_hash FROM account WHERE login = 'city'").fetchone() == ("kept",)
    assert records.execute("SELECT count(*) FROM account_role").fetchone() == (3,)
