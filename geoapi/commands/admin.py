"""geoapi admin: the first account, and what only whoever runs the service may do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer
from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import dict_row

from geoapi.accounts.logins import new_login, normalised_login
from geoapi.accounts.passwords import check_new_password, hash_password
from geoapi.accounts.permissions import ROLE_NAMES, Role
from geoapi.accounts.registry import (
    Issued,
    give_role,
    link_to,
    make_invitation,
    make_recovery,
    note_account_event,
    set_disabled,
)
from geoapi.accounts.throttle import clear_login
from geoapi.commands.terminal import Column, screen, table_of, visible
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.errors import Conflict, InvalidInput, NotFound, Words
from geoapi.settings import Settings

app = typer.Typer(help="账号与组织 · Accounts and organisations.", no_args_is_help=True)
role_app = typer.Typer(help="角色 · Roles of an account.", no_args_is_help=True)
app.add_typer(role_app, name="role")

Login = Annotated[str, typer.Argument(help="登录名 · login")]
RoleOption = Annotated[Role, typer.Option(help="角色 · role")]
OrganisationOption = Annotated[
    str | None, typer.Option(help="组织代码，见 admin organisations · code of the organisation")
]
DistrictOption = Annotated[
    str | None, typer.Option(help="或：行政区代码 · or the code of the district that it manages")
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON · JSON on stdout")]


@contextmanager
def _records(settings: Settings) -> Iterator[Connection]:
    """The database as its owner, in one transaction; history knows whoever does this as the command line."""
    with database_address(settings.database) as url:
        migrate(url)
        with connect(url) as conn:
            conn.execute("SELECT set_config('geoapi.actor', 'command line', true)")
            yield conn


@app.command()
def create(
    role: RoleOption,
    login: Annotated[str | None, typer.Option(help="登录名 · login")] = None,
    name: Annotated[str | None, typer.Option(help="姓名 · name")] = None,
    organisation: OrganisationOption = None,
    district: DistrictOption = None,
    invite: Annotated[
        bool, typer.Option("--invite", help="只给一次性链接，由本人设登录名与密码 · a one-time link instead")
    ] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="从标准输入读密码 · the password from stdin")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """新建账号 · Create an account; asks for the password unless told otherwise."""
    settings = Settings()
    if invite:
        _invite(settings, role, name, organisation, district, as_json)
        return
    wanted = new_login(_needed(login, "--login"))
    called = _needed(name, "--name").strip()
    with _records(settings) as conn:
        place = _place(conn, organisation, district)
        if conn.execute("SELECT FROM account WHERE login = %s", [wanted]).fetchone() is not None:
            raise _taken()
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _asked_for_password()
        check_new_password(
            password, min_length=settings.accounts.password_min_length, login=wanted, name=called
        )
        try:
            row = conn.execute(
                """INSERT INTO account (login, name, password_hash, password_changed_at)
                   VALUES (%s, %s, %s, now()) RETURNING id""",
                [wanted, called, hash_password(password)],
            ).fetchone()
        except UniqueViolation:
            raise _taken() from None
        assert row is not None
        give_role(conn, row[0], place["id"], role, by=None)
        note_account_event(conn, "create_account", row[0], login=wanted, role=role)
    _tell(
        {"id": str(row[0]), "login": wanted, "name": called, "role": role, "organisation": place["code"]},
        f"已建立账号 · created: {wanted}, {ROLE_NAMES[role].zh} {ROLE_NAMES[role].en}, {place['name_zh']}",
        as_json,
    )


def _invite(
    settings: Settings,
    role: Role,
    name: str | None,
    organisation: str | None,
    district: str | None,
    as_json: bool,
) -> None:
    with _records(settings) as conn:
        place = _place(conn, organisation, district)
        issued = make_invitation(
            conn, organisation_id=place["id"], role=role, name=name, by=None,
            hours=settings.accounts.invitation_hours,
        )  # fmt: skip
        conn.execute(
            """INSERT INTO event (action, organisation_id, subject, detail)
               VALUES ('invite', %s, %s, jsonb_build_object('role', %s::text, 'name', %s::text))""",
            [place["id"], f"invitation:{issued.id}", role.value, name],
        )
    link = link_to(_public_address(settings), "invitation", issued.token)
    _tell_link(link, issued, as_json)


@app.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """列出 · All accounts and their roles."""
    with _records(Settings()) as conn, conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            """SELECT a.id::text, a.login, a.name, a.disabled_at, a.created_at,
                 coalesce(jsonb_agg(
                   jsonb_build_object('role', r.role, 'organisation', o.code, 'name', o.name_zh) ORDER BY r.id
                 ) FILTER (WHERE r.id IS NOT NULL), '[]') AS roles
               FROM account AS a
               LEFT JOIN account_role AS r ON r.account_id = a.id
               LEFT JOIN organisation AS o ON o.id = r.organisation_id
               GROUP BY a.id ORDER BY a.id"""
        ).fetchall()
    if as_json:
        for row in rows:
            typer.echo(orjson.dumps(row))
        return
    columns = (
        Column("id", "number"), Column("登录名 login"), Column("姓名 name"), Column("角色 roles"),
        Column("停用 disabled"),
    )  # fmt: skip
    shown = [
        (
            row["id"],
            row["login"],
            row["name"],
            "\n".join(f"{one['role']} @ {one['organisation']} {one['name']}" for one in row["roles"]),
            row["disabled_at"].isoformat(" ", "minutes") if row["disabled_at"] else "",
        )
        for row in rows
    ]
    screen().print(table_of(columns, shown))


@app.command()
def disable(login: Login, as_json: AsJson = False) -> None:
    """停用 · Disable an account; its sessions end."""
    _switch(login, True, as_json)


@app.command()
def enable(login: Login, as_json: AsJson = False) -> None:
    """启用 · Let a disabled account sign in again."""
    _switch(login, False, as_json)


def _switch(login: str, disabled: bool, as_json: bool) -> None:
    with _records(Settings()) as conn:
        account_id, found = _account(conn, login)
        if set_disabled(conn, account_id, disabled):
            note_account_event(conn, "disable_account" if disabled else "enable_account", account_id)
    words = "已停用 · disabled" if disabled else "已启用 · enabled"
    _tell({"login": found, "disabled": disabled}, f"{words}: {found}", as_json)


@app.command()
def recover(login: Login, as_json: AsJson = False) -> None:
    """恢复 · Print a one-time link to a new password, for whoever forgot theirs or is locked out."""
    settings = Settings()
    with _records(settings) as conn:
        account_id, found = _account(conn, login)
        disabled = conn.execute(
            "SELECT FROM account WHERE id = %s AND disabled_at IS NOT NULL", [account_id]
        ).fetchone()
        if disabled is not None:
            raise Conflict(
                Words("账号已停用", "the account is disabled"),
                field="LOGIN",
                mend=Words(f"先运行 geoapi admin enable {found}", f"run geoapi admin enable {found} first"),
            )
        issued = make_recovery(conn, account_id, by=None, hours=settings.accounts.invitation_hours)
        clear_login(conn, found)
        note_account_event(conn, "make_recovery_link", account_id)
    _tell_link(link_to(_public_address(settings), "recovery", issued.token), issued, as_json)


@role_app.command("add")
def add_role(
    login: Login,
    role: RoleOption,
    organisation: OrganisationOption = None,
    district: DistrictOption = None,
    as_json: AsJson = False,
) -> None:
    """给予 · Give an account a role."""
    with _records(Settings()) as conn:
        account_id, found = _account(conn, login)
        place = _place(conn, organisation, district)
        if give_role(conn, account_id, place["id"], role, by=None) is None:
            raise Conflict(
                Words("账号已有这个角色", "the account has this role there already"),
                field="--role",
                mend=Words("无需再给", "nothing needs to be done"),
            )
        note_account_event(conn, "give_role", account_id, role=role, organisation=place["code"])
    _tell_role(found, role, place, "已给予 · given", as_json)


@role_app.command("remove")
def remove_role(
    login: Login,
    role: RoleOption,
    organisation: OrganisationOption = None,
    district: DistrictOption = None,
    as_json: AsJson = False,
) -> None:
    """收回 · Take a role away."""
    with _records(Settings()) as conn:
        account_id, found = _account(conn, login)
        place = _place(conn, organisation, district)
        note_account_event(conn, "take_role", account_id, role=role, organisation=place["code"])
        taken = conn.execute(
            "DELETE FROM account_role WHERE account_id = %s AND organisation_id = %s AND role = %s",
            [account_id, place["id"], role.value],
        ).rowcount
        if not taken:
            raise NotFound(
                Words("账号没有这个角色", "the account has no such role there"),
                field="--role",
                mend=Words("见 geoapi admin list", "geoapi admin list shows its roles"),
            )
    _tell_role(found, role, place, "已收回 · taken away", as_json)


@app.command()
def organisations(
    from_districts: Annotated[
        bool,
        typer.Option(
            "--from-districts",
            help="先为没有组织的市、区建立总工会 · first make those of cities and districts that have none",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """组织 · The organisations there are, to give roles at."""
    with _records(Settings()) as conn:
        made = _make_from_districts(conn) if from_districts else []
        with conn.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(_ORGANISATIONS).fetchall()
    if as_json:
        for row in rows:
            typer.echo(orjson.dumps({**row, "created": row["code"] in made}))
        return
    if from_districts:
        typer.echo(f"新建 · created: {len(made)}", err=True)
    columns = (
        Column("代码 code", "code"), Column("级别 level"), Column("名称 name"), Column("上级 parent", "code"),
        Column("行政区 district", "code"),
    )  # fmt: skip
    shown = [
        (row["code"], row["level"], row["name"], row["parent"] or "", row["district_code"] or "")
        for row in rows
    ]
    screen().print(table_of(columns, shown))


_ORGANISATIONS = """
SELECT o.code, o.level, o.name_zh AS name, parent.code AS parent, o.district_code
FROM organisation AS o LEFT JOIN organisation AS parent ON parent.id = o.parent_id
ORDER BY array_position(ARRAY['city', 'district', 'zone', 'street', 'venue'], o.level), o.code
"""
# a district's stands under its city's, whichever of the two was there before
_FROM_DISTRICTS = """
INSERT INTO organisation (parent_id, code, level, name_zh, name_en, district_code, source)
SELECT (
    SELECT o.id FROM organisation AS o WHERE o.district_code = d.parent_code AND o.level = 'city'
    ORDER BY o.id LIMIT 1
  ), 'union-' || d.code, d.level, d.name_zh || '总工会', d.name_en || ' Federation of Trade Unions', d.code,
  'districts'
FROM district AS d
WHERE d.level = %(level)s AND NOT EXISTS (
  SELECT FROM organisation AS o WHERE o.district_code = d.code AND o.level = %(level)s)
ORDER BY d.code
ON CONFLICT (code) DO NOTHING
RETURNING code
"""
# loads that came before their district's organisation left theirs without one above
_UNDER_DISTRICTS = """
UPDATE organisation AS o SET parent_id = above.id
FROM (
  SELECT lone.id AS lone_id, managing_organisation(NULL, CASE lone.level
      WHEN 'district' THEN (SELECT parent_code FROM district WHERE code = lone.district_code)
      ELSE lone.district_code END) AS id
  FROM organisation AS lone WHERE lone.parent_id IS NULL AND lone.level <> 'city'
) AS above
WHERE o.id = above.lone_id AND above.id NOT IN (
  WITH RECURSIVE below AS (
    SELECT o.id UNION SELECT x.id FROM organisation AS x JOIN below ON x.parent_id = below.id
  )
  SELECT id FROM below
)
"""


def _make_from_districts(conn: Connection) -> list[str]:
    """Organisations for cities, then districts, on record that have none: the codes of the new ones.

    What has nothing above it comes under its district's.
    """
    made = []
    for level in ("city", "district"):
        made += [row[0] for row in conn.execute(_FROM_DISTRICTS, {"level": level}).fetchall()]
    if conn.execute("SELECT FROM district LIMIT 1").fetchone() is None:
        raise NotFound(
            Words("没有行政区", "there are no districts on record"),
            field="--from-districts",
            mend=Words("先运行 geoapi load-districts", "run geoapi load-districts first"),
        )
    conn.execute(_UNDER_DISTRICTS)
    return made


def _place(conn: Connection, organisation: str | None, district: str | None) -> dict[str, Any]:
    """The organisation that is meant, by its own code or that of the district that it manages."""
    if (organisation is None) == (district is None):
        raise InvalidInput(
            Words("须给 --organisation 或 --district 之一", "give one of --organisation and --district"),
            field="--organisation",
            mend=Words("代码见 geoapi admin organisations", "geoapi admin organisations lists codes"),
        )
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            """SELECT id, code, name_zh FROM organisation
               WHERE code = %(code)s OR (district_code = %(district)s AND level IN ('city', 'district'))
               ORDER BY id LIMIT 1""",
            {"code": organisation, "district": district},
        ).fetchone()
    if row is None:
        raise NotFound(
            Words("没有这个组织", "there is no such organisation"),
            field="--organisation" if organisation is not None else "--district",
            mend=Words(
                "见 geoapi admin organisations;还没有的可加 --from-districts 建立",
                "geoapi admin organisations lists them; --from-districts makes those of districts",
            ),
        )
    return row


def _account(conn: Connection, login: str) -> tuple[int, str]:
    wanted = normalised_login(login)
    row = conn.execute("SELECT id, login FROM account WHERE login = %s", [wanted]).fetchone()
    if row is None:
        raise NotFound(
            Words("没有这个账号", "there is no such account"),
            field="LOGIN",
            mend=Words("见 geoapi admin list", "geoapi admin list shows them"),
        )
    return row[0], row[1]


def _asked_for_password() -> str:
    if not sys.stdin.isatty():
        raise InvalidInput(
            Words("没有终端可输入密码", "there is no terminal to ask for a password"),
            field="--password-stdin",
            mend=Words("用 --password-stdin 或 --invite", "use --password-stdin, or --invite"),
        )
    asked: str = typer.prompt("密码 password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _needed(value: str | None, option: str) -> str:
    if value is None or not value.strip():
        raise InvalidInput(
            Words("缺少此项", "is missing"),
            field=option,
            mend=Words("请填写，或用 --invite", "give it, or use --invite"),
        )
    return value


def _taken() -> Conflict:
    return Conflict(
        Words("登录名已被使用", "the login is taken"),
        field="--login",
        mend=Words("换一个", "choose another"),
    )


def _public_address(settings: Settings) -> str:
    """Where people reach the service, as far as the settings say."""
    return settings.accounts.public_url or f"http://{settings.service.host}:{settings.service.port}"


def _tell(facts: dict[str, Any], line: str, as_json: bool) -> None:
    typer.echo(orjson.dumps(facts) if as_json else visible(line))


def _tell_role(login: str, role: Role, place: dict[str, Any], words: str, as_json: bool) -> None:
    facts = {"login": login, "role": role, "organisation": place["code"]}
    _tell(facts, f"{words}: {login}, {role}, {place['name_zh']}", as_json)


def _tell_link(link: str, issued: Issued, as_json: bool) -> None:
    """The link on stdout, by itself; what it is, beside it."""
    if as_json:
        typer.echo(orjson.dumps({"link": link, "token": issued.token, "expires_at": issued.expires_at}))
        return
    until = issued.expires_at.astimezone().isoformat(" ", "minutes")
    typer.echo(f"一次性链接，有效至 {until}，请转给本人 · one-time link, good until then:", err=True)
    typer.echo(link)
