"""Development zones lie in the districts of others, and no other organisation is a way into them."""

from __future__ import annotations

from tests.api.managing.conftest import Union
from tests.api.managing.signing_in import holder, newcomer

IN_XICHENG = {"kind": "care_station", "name": "别区的驿站", "location": {"lon": 116.2, "lat": 39.9}}


def test_an_organisation_of_ones_own_is_no_way_into_anothers_district(union: Union) -> None:
    admin = union.as_("district_admin")
    for organisation in ("dc", "dc-jianguomen"):
        body = {**IN_XICHENG, "organisation_id": str(union.organisations[organisation])}
        assert admin.post("/v1/stations", body).status_code == 403
    # whoever administers both may
    assert union.as_("city_admin").post("/v1/stations", body).status_code == 201


def test_a_zones_administrator_makes_stations_where_the_zone_lies(union: Union) -> None:
    [(zone,)] = union.sql(
        """INSERT INTO organisation (code, parent_id, level, name_zh, source)
           VALUES ('zone', %s, 'zone', '开发区总工会', 'test') RETURNING id""",
        union.organisations["bj"],
    )
    account, token = newcomer(union, "zone-admin", "bj", "auditor")
    union.sql(
        "UPDATE account_role SET organisation_id = %s, role = 'district_admin' WHERE account_id = %s",
        zone, account,
    )  # fmt: skip
    body = {**IN_XICHENG, "name": "开发区的驿站", "organisation_id": str(zone)}
    made = holder(union, token).post("/v1/stations", body)
    assert made.status_code == 201, made.text
    assert holder(union, token).post("/v1/stations", IN_XICHENG).status_code == 403
    station = f"/v1/stations/{made.json()['id']}"
    # theirs, and not the district's around it
    assert union.as_("other_district_admin").post(f"{station}/confirm").status_code == 403
    assert holder(union, token).post(f"{station}/confirm").status_code == 200
