"""A valid request for every operation: about what is somebody's own, what is others', and what is not there.

"Own" belongs to 东四街道 (`manager`'s and, above it, `district_admin`'s), "others" to 西单街道. Each request
is about things made for it alone, so that none depends on another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from typing import Any, Literal

import httpx

from tests.api.managing.conftest import PASSWORD, PEOPLE, Union, password_hash
from tests.api.managing.things import MISSING, Things

Of = Literal["own", "others", "missing", "-"]
Who = str | None
_numbers = count(1)
NEW_PASSWORD = "seven unrelated umbrellas"
STREETS: Mapping[Of, str] = {"own": "dc-dongsi", "others": "xc-xidan", "-": "dc-dongsi"}
NEIGHBOURS: Mapping[Of, str] = {"own": "dc-jianguomen", "others": "xc", "missing": "bj"}
DISTRICTS: Mapping[Of, str] = {"own": "110101", "others": "110102", "-": "110101"}
SAMPLES: Mapping[Of, str] = {"own": "东四暖心驿站", "others": "西单心灵驿站", "-": "东四暖心驿站"}
MANAGERS: Mapping[Of, str] = {"own": "manager", "others": "other_manager", "-": "manager"}


@dataclass(frozen=True)
class Ask:
    """A request; `version` goes into If-Match."""

    path: str
    json: Any = None
    version: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """Where requests are made: a running service, and whatever they can be about."""

    union: Union
    things: Things

    def token(self, who: Who) -> str | None:
        """A session of this person's, begun for this request: another may have ended those before."""
        if who is None:
            return None
        account = self.union.accounts[who]
        session, token = self.things.session(account)
        if PEOPLE[who][3] == "expired":
            self.things.sql(
                "UPDATE account_session SET expires_at = now() - interval '1 hour' WHERE id = %s", session
            )
        return token

    def station(self, of: Of) -> int:
        """A station like 东四暖心驿站, and near it or, of others, near 西单."""
        if of == "missing":
            return MISSING
        like = self.union.stations[SAMPLES[of]]
        station = self.things.station_like(like, east_deg=0.0002 * next(_numbers))
        self.things.sql("UPDATE station SET amenity_ids = '{1,3,10}' WHERE id = %s", station)
        return station

    def version(self, station: int) -> int:
        found = self.things.sql("SELECT version FROM station WHERE id = %s", station)
        return int(found[0][0]) if found else 1

    def versioned(self, station: int, tail: str, json: Any) -> Ask:
        """A change of a station, made of the version that it has."""
        return Ask(f"/v1/stations/{station}{tail}", json, self.version(station))

    def elsewhere(self, of: Of) -> dict[str, Any]:
        """A place in the same district, some kilometres from its stations."""
        return {"lon": 116.2 if of == "others" else 116.6, "lat": 39.8 + 0.0002 * next(_numbers)}

    def outage(self, station: int, code: str) -> int:
        amenity_id = self.things.sql("SELECT id FROM amenity WHERE code = %s", code)[0][0]
        return self.things.outage(station, amenity_id)

    def street(self, of: Of) -> int:
        return MISSING if of == "missing" else self.union.organisations[STREETS[of]]

    def manager(self, of: Of) -> int:
        return self.union.accounts[MANAGERS[of]]

    def account(self, of: Of, **more: Any) -> int:
        return MISSING if of == "missing" else self.things.account(self.street(of), **more)

    def override(self, of: Of) -> int:
        if of == "missing":
            return MISSING
        return self.things.override(DISTRICTS[of], account=self.union.accounts["city_admin"])

    def calm(self) -> None:
        """As if nobody had tried anything lately, changed a password or been given a role."""
        self.things.sql("DELETE FROM rate_bucket")
        # the first roles are those that people came with
        self.things.sql(
            """DELETE FROM account_role AS r USING account AS a
               WHERE a.id = r.account_id AND a.login = ANY (%s) AND r.id > %s""",
            list(PEOPLE), len(PEOPLE),
        )  # fmt: skip
        self.things.sql(
            "UPDATE account SET password_hash = %s WHERE login = ANY (%s) AND password_hash <> %s",
            password_hash(), list(PEOPLE), password_hash(),
        )  # fmt: skip

    def ask(self, operation: str, of: Of, who: Who) -> Ask:
        """The request of this person about that."""
        self.calm()
        return ASKS[operation](self, of, who)

    def request(self, operation: str, of: Of, who: str) -> Callable[[], httpx.Response]:
        """The request of this person, ready to be sent: all that it is about is there, and a session.

        `who` "nobody" is not signed in.
        """
        caller = None if who == "nobody" else who
        asked = self.ask(operation, of, caller)
        headers = dict(asked.headers)
        if token := self.token(caller):
            headers["Authorization"] = f"Bearer {token}"
        if asked.version is not None:
            headers["If-Match"] = f'"{asked.version}"'
        more = {} if asked.json is None else {"json": asked.json}
        method = operation.split()[0]
        return lambda: self.union.client.request(method, asked.path, headers=headers, **more)


def in_days(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def _station(tail: str = "", json: Any = None, *, versioned: bool = False) -> Builder:
    def build(scene: Scene, of: Of, who: Who) -> Ask:
        asked = scene.versioned(scene.station(of), tail, json)
        return asked if versioned else replace(asked, version=None)

    return build


def _beside(make: Callable[[Scene, int, Of], Any], path: str, json: Any = None) -> Builder:
    """About something of a station's: `path` has places for the station's id and for its own."""

    def build(scene: Scene, of: Of, who: Who) -> Ask:
        station = scene.station(of)
        one = MISSING if of == "missing" else make(scene, station, of)
        return Ask(path.format(station=station, one=one), json)

    return build


def _account(tail: str = "", **more: Any) -> Builder:
    return lambda scene, of, who: Ask(f"/v1/manage/accounts/{scene.account(of, **more)}{tail}")


def _accept(scene: Scene, of: Of, who: Who) -> Ask:
    token = "no-such-token"
    if of != "missing":
        token = scene.things.invitation(scene.street("own"), "auditor")[1]
    json = {"token": token}
    if who is None or PEOPLE[who][3]:
        # who is not signed in makes an account by it
        json |= {"login": f"newcomer-{next(_numbers)}", "name": "新人", "password": NEW_PASSWORD}
    return Ask("/v1/auth/invitations/accept", json)


def _look(scene: Scene, of: Of, who: Who) -> Ask:
    token = "no-such-token" if of == "missing" else scene.things.invitation(scene.street("own"))[1]
    return Ask("/v1/auth/invitations/look", {"token": token})


def _recovery(scene: Scene, of: Of, who: Who) -> Ask:
    token = "no-such-token" if of == "missing" else scene.things.recovery(scene.account("own"))[1]
    return Ask("/v1/auth/recovery", {"token": token, "password": NEW_PASSWORD})


def _role(scene: Scene, of: Of, who: Who) -> Ask:
    account = scene.account(of)
    role = MISSING if of == "missing" else scene.things.role(account, scene.street(of), "auditor")
    return Ask(f"/v1/manage/accounts/{account}/roles/{role}")


def _new_role(scene: Scene, of: Of, who: Who) -> Ask:
    asked = {"organisation_id": str(scene.street("own" if of == "missing" else of)), "role": "auditor"}
    return Ask(f"/v1/manage/accounts/{scene.account(of)}/roles", asked)


def _session(scene: Scene, of: Of, who: Who) -> Ask:
    session = MISSING if of == "missing" else scene.things.session(scene.manager(of))[0]
    return Ask(f"/v1/auth/sessions/{session}")


def _link(scene: Scene, of: Of, who: Who) -> Ask:
    scene.things.sql(
        "UPDATE account SET oidc_issuer = 'https://id.example', oidc_subject = login WHERE login = %s", who
    )
    return Ask("/v1/auth/oidc/link")


def _invitation(scene: Scene, of: Of, who: Who) -> Ask:
    one = MISSING if of == "missing" else scene.things.invitation(scene.street(of))[0]
    return Ask(f"/v1/manage/invitations/{one}")


def _revert(scene: Scene, of: Of, who: Who) -> Ask:
    station = scene.station(of)
    scene.things.sql("UPDATE station SET phone = '010-65000000' WHERE id = %s", station)
    return scene.versioned(station, "/revert", {"version": scene.version(station)})


def _new_station(scene: Scene, of: Of, who: Who) -> Ask:
    return Ask(
        "/v1/stations",
        {
            "kind": "care_station", "name": f"新驿站 {next(_numbers)}", "location": scene.elsewhere(of),
            "organisation_id": str(scene.street(of)), "force": True,
        },
    )  # fmt: skip


def _restore(scene: Scene, of: Of, who: Who) -> Ask:
    station = scene.station(of)
    scene.things.sql("UPDATE station SET retired_at = now() WHERE id = %s", station)
    return scene.versioned(station, "/restore", {"reason": "装修结束"})


def _duplicate(scene: Scene, of: Of, who: Who) -> Ask:
    if of == "missing":
        return Ask(f"/v1/manage/duplicates/{MISSING}/{MISSING + 1}/review", {"decision": "distinct"})
    one, other = scene.station(of), scene.station(of)
    scene.things.duplicate(one, other)
    return Ask(f"/v1/manage/duplicates/{one}/{other}/review", {"decision": "distinct"})


def _waiting(scene: Scene, of: Of, **more: bool) -> tuple[int, str]:
    if of == "missing":
        return MISSING, "no-such-source"
    place = scene.elsewhere(of)
    return scene.things.waiting(place["lon"], place["lat"], DISTRICTS[of], **more)


def _row(tail: str = "", json: Any = None, **more: bool) -> Builder:
    """About a row of an import that waits."""
    return lambda scene, of, who: Ask(f"/v1/manage/quarantine/{_waiting(scene, of, **more)[0]}{tail}", json)


def _rows(tail: str, **more: str) -> Builder:
    """About all that wait of a source."""
    return lambda scene, of, who: Ask(
        f"/v1/manage/quarantine/{tail}", {"source": _waiting(scene, of)[1], **more}
    )


def _override(of: Of) -> dict[str, Any]:
    return {
        "name_zh": "高温应急开放",
        "district_codes": ["999999" if of == "missing" else DISTRICTS[of]],
        "until": in_days(3),
        "daily": {"closes": "24:00"},
        "reason": "高温红色预警",
    }


Builder = Callable[[Scene, Of, Who], Ask]
ASKS: Mapping[str, Builder] = {
    # signing in
    "POST /v1/auth/sign-in": lambda s, of, who: Ask(
        "/v1/auth/sign-in", {"login": "manager", "password": PASSWORD}
    ),
    "POST /v1/auth/sign-out": lambda s, of, who: Ask("/v1/auth/sign-out"),
    "GET /v1/auth/sessions": lambda s, of, who: Ask("/v1/auth/sessions"),
    "DELETE /v1/auth/sessions/{id}": _session,
    "POST /v1/auth/sessions/revoke-others": lambda s, of, who: Ask("/v1/auth/sessions/revoke-others"),
    "POST /v1/auth/password": lambda s, of, who: Ask(
        "/v1/auth/password", {"current": PASSWORD, "new": NEW_PASSWORD}
    ),
    "POST /v1/auth/invitations/look": _look,
    "POST /v1/auth/invitations/accept": _accept,
    "POST /v1/auth/recovery": _recovery,
    "DELETE /v1/auth/oidc/link": _link,
    "GET /v1/me": lambda s, of, who: Ask("/v1/me"),
    "PATCH /v1/me": lambda s, of, who: Ask("/v1/me", {"name": "王小芳"}),
    # accounts
    "GET /v1/manage/accounts": lambda s, of, who: Ask("/v1/manage/accounts"),
    "GET /v1/manage/accounts/{id}": _account(),
    "POST /v1/manage/accounts/{id}/disable": _account("/disable"),
    "POST /v1/manage/accounts/{id}/enable": _account("/enable", disabled=True),
    "POST /v1/manage/accounts/{id}/recovery": _account("/recovery"),
    "POST /v1/manage/accounts/{id}/roles": _new_role,
    "DELETE /v1/manage/accounts/{id}/roles/{role_id}": _role,
    "GET /v1/manage/invitations": lambda s, of, who: Ask("/v1/manage/invitations"),
    "POST /v1/manage/invitations": lambda s, of, who: Ask(
        "/v1/manage/invitations", {"organisation_id": str(s.street(of)), "role": "manager", "name": "新人"}
    ),
    "DELETE /v1/manage/invitations/{id}": _invitation,
    "GET /v1/manage/organisations": lambda s, of, who: Ask("/v1/manage/organisations"),
    "POST /v1/manage/organisations": lambda s, of, who: Ask(
        "/v1/manage/organisations",
        {"parent_id": str(s.street(of)), "level": "venue", "name": f"便利店 {next(_numbers)}"},
    ),
    "PATCH /v1/manage/organisations/{id}": lambda s, of, who: Ask(
        f"/v1/manage/organisations/{MISSING if of == 'missing' else s.things.organisation(s.street(of))}",
        {"name": f"改名 {next(_numbers)}"},
    ),
    "GET /v1/manage/events": lambda s, of, who: Ask("/v1/manage/events"),
    # one's own stations
    "POST /v1/hours/preview": lambda s, of, who: Ask(
        "/v1/hours/preview", {"text": "每天 9:00-17:00", "station_id": str(s.station(of))}
    ),
    "GET /v1/manage/stations": lambda s, of, who: Ask("/v1/manage/stations"),
    "GET /v1/manage/stations/{id}": lambda s, of, who: Ask(f"/v1/manage/stations/{s.station(of)}"),
    "PATCH /v1/stations/{id}": _station("", {"phone": "010-65123456"}, versioned=True),
    "POST /v1/stations/{id}/confirm": _station("/confirm"),
    # for a time
    "POST /v1/stations/{id}/closures": _station("/closures", {"until": in_days(2), "reason": "停电"}),
    "POST /v1/stations/{id}/closures/{closure_id}/end": _beside(
        lambda s, station, of: s.things.exception(station), "/v1/stations/{station}/closures/{one}/end"
    ),
    "POST /v1/stations/{id}/openings": _station(
        "/openings", {"date": in_days(5), "hours": ["19:00-26:00"], "reason": "跨年夜"}
    ),
    "POST /v1/stations/{id}/openings/{opening_id}/end": _beside(
        lambda s, station, of: s.things.exception(station, "open"),
        "/v1/stations/{station}/openings/{one}/end",
    ),
    "POST /v1/stations/{id}/amenities/{code}/outage": _station(
        "/amenities/microwave/outage", {"until": in_days(5), "note": "已报修"}
    ),
    "POST /v1/stations/{id}/amenities/{code}/outage/end": _beside(
        lambda s, station, of: s.outage(station, "microwave"),
        "/v1/stations/{station}/amenities/microwave/outage/end",
    ),
    "GET /v1/stations/{id}/planned": _station("/planned"),
    "DELETE /v1/stations/{id}/planned/{planned_id}": _beside(
        lambda s, station, of: s.things.planned(station, s.manager(of)),
        "/v1/stations/{station}/planned/{one}",
    ),
    # its past
    "GET /v1/stations/{id}/history": _station("/history"),
    "POST /v1/stations/{id}/revert": _revert,
    # what administrators do
    "POST /v1/stations": _new_station,
    "POST /v1/stations/{id}/retire": _station("/retire", {"reason": "原址拆迁"}, versioned=True),
    "POST /v1/stations/{id}/restore": _restore,
    "POST /v1/stations/{id}/move": lambda s, of, who: s.versioned(
        s.station(of), "/move", {"location": s.elsewhere(of), "reason": "搬到对面楼"}
    ),
    "POST /v1/stations/{id}/reassign": lambda s, of, who: s.versioned(
        s.station(of),
        "/reassign",
        {"organisation_id": str(s.union.organisations[NEIGHBOURS[of]]), "reason": "移交"},
    ),
    # what waits for a decision
    "GET /v1/manage/review": lambda s, of, who: Ask("/v1/manage/review"),
    **{
        f"POST /v1/manage/moves/{{id}}/{decision}": _beside(
            lambda s, station, of: s.things.move(station, s.manager(of)),
            f"/v1/manage/moves/{{one}}/{decision}",
            {"note": "已电话核实"},
        )
        for decision in ("approve", "reject", "withdraw")
    },
    "POST /v1/manage/conflicts/{id}/resolve": _beside(
        lambda s, station, of: s.things.conflict(station),
        "/v1/manage/conflicts/{one}/resolve",
        {"take": "imported"},
    ),
    "POST /v1/manage/duplicates/{station_id}/{other_id}/review": _duplicate,
    # what came of files
    "GET /v1/manage/loads": lambda s, of, who: Ask("/v1/manage/loads"),
    "GET /v1/manage/quarantine": lambda s, of, who: Ask("/v1/manage/quarantine"),
    "GET /v1/manage/quarantine/{id}": _row(),
    "POST /v1/manage/quarantine/{id}/preview": _row("/preview", {"cells": {"名称": "改名驿站"}}),
    "POST /v1/manage/quarantine/{id}/retry": _row("/retry", {"cells": {"名称": "改名驿站"}}),
    "POST /v1/manage/quarantine/{id}/set-aside": _row("/set-aside", {"note": "已撤销"}),
    "POST /v1/manage/quarantine/{id}/restore": _row("/restore", set_aside=True),
    "POST /v1/manage/quarantine/preview": _rows("preview"),
    "POST /v1/manage/quarantine/retry": _rows("retry"),
    "POST /v1/manage/quarantine/set-aside": _rows("set-aside", note="已撤销"),
    # emergency hours
    "POST /v1/manage/overrides/preview": lambda s, of, who: Ask(
        "/v1/manage/overrides/preview", _override(of)
    ),
    "POST /v1/manage/overrides": lambda s, of, who: Ask("/v1/manage/overrides", _override(of)),
    "GET /v1/manage/overrides": lambda s, of, who: Ask("/v1/manage/overrides"),
    "POST /v1/manage/overrides/{id}/end": lambda s, of, who: Ask(
        f"/v1/manage/overrides/{s.override(of)}/end", {"reason": "降温了"}
    ),
    # reports
    "POST /v1/stations/{id}/reports": _station("/reports", {"kind": "closed"}),
    "GET /v1/manage/reports": lambda s, of, who: Ask("/v1/manage/reports"),
    "POST /v1/manage/reports/{id}/resolve": _beside(
        lambda s, station, of: s.things.report(station),
        "/v1/manage/reports/{one}/resolve",
        {"resolution": "corrected"},
    ),
}
"""By method and path, as the OpenAPI document has them."""
