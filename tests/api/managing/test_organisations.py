"""Organisations: one's own tree, and what is added to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.managing.conftest import Union

PATH = "/v1/manage/organisations"


def tree(union: Union, who: str) -> dict[str, tuple[bool, int | None, int | None]]:
    items = union.as_(who).get(PATH, limit=500).json()["items"]
    return {one["code"]: (one["mine"], one["stations"], one["accounts"]) for one in items}


def test_everybody_sees_their_own_and_the_way_up(union: Union) -> None:
    assert tree(union, "manager") == {
        "bj": (False, None, None), "dc": (False, None, None), "dc-dongsi": (True, 2, None),
    }  # fmt: skip
    assert tree(union, "other_district_admin") == {
        "bj": (False, None, None), "xc": (True, 1, 2), "xc-xidan": (True, 1, 1),
    }  # fmt: skip
    whole = tree(union, "city_admin")
    assert whole["bj"] == (True, 5, 9)
    # what has no organisation of its own is its district's
    assert whole["dc"] == (True, 4, 6)
    assert whole["dc-jianguomen"] == (True, 0, 1)
    assert union.as_(None).get(PATH).status_code == 401


def test_the_tree_comes_in_pages(union: Union) -> None:
    first = union.as_("city_admin").get(PATH, limit=2).json()
    second = union.as_("city_admin").get(PATH, limit=500, cursor=first["next_cursor"]).json()
    assert len(first["items"]) == 2
    assert {one["code"] for one in first["items"] + second["items"]} == set(tree(union, "city_admin"))


def test_a_street_and_its_venues_are_added_once(union: Union) -> None:
    admin = union.as_("district_admin")
    body = {"parent_id": str(union.organisations["dc"]), "level": "street", "name": "和平里街道总工会"}
    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(lambda _: admin.post(PATH, body).status_code, range(8)))
    assert statuses == [201] + [409] * 7
    street = next(one for one in admin.get(PATH).json()["items"] if one["name"] == body["name"])
    assert street["code"].startswith("dc-")
    venue = admin.post(
        PATH, {"parent_id": street["id"], "level": "venue", "name": "便利店", "name_en": "Shop"}
    )
    assert venue.status_code == 201
    assert venue.json()["name_en"] == "Shop"
    below = {"parent_id": venue.json()["id"], "level": "venue", "name": "货架"}
    assert admin.post(PATH, below).status_code == 409
    assert admin.post(PATH, {**below, "parent_id": street["id"], "level": "street"}).status_code == 409
    renamed = admin.patch(f"{PATH}/{street['id']}", {"name": "和平里总工会", "name_en": "Hepingli"})
    assert (renamed.json()["name"], renamed.json()["name_en"]) == ("和平里总工会", "Hepingli")
    assert admin.patch(f"{PATH}/{street['id']}", {"name_en": None}).json()["name_en"] is None
    assert admin.patch(f"{PATH}/{street['id']}", {"name": "东四街道总工会"}).status_code == 409


@pytest.mark.parametrize(
    ("who", "parent", "status"),
    [
        ("manager", "dc-dongsi", 403),
        ("auditor", "dc", 403),
        ("district_admin", "bj", 403),
        ("district_admin", "xc", 403),
        ("other_district_admin", "dc-dongsi", 403),
        (None, "dc", 401),
    ],
)
def test_who_may_not_add_or_rename(union: Union, who: str | None, parent: str, status: int) -> None:
    id = union.organisations[parent]
    before = union.sql("SELECT row_to_json(o)::text FROM organisation AS o ORDER BY id")
    body = {"parent_id": str(id), "level": "venue", "name": "不该有"}
    assert union.as_(who).post(PATH, body).status_code == status
    assert union.as_(who).patch(f"{PATH}/{id}", {"name": "不该有"}).status_code == status
    assert union.sql("SELECT row_to_json(o)::text FROM organisation AS o ORDER BY id") == before


@pytest.mark.parametrize(
    "more",
    [
        {"level": "city"},
        {"code": "mine"},
        {"district_code": "110101"},
        {"name": ""},
        {"parent_id": 2},
        {"parent_id": "x"},
    ],
)
def test_what_cannot_be_added(union: Union, more: dict[str, object]) -> None:
    body = {"parent_id": str(union.organisations["dc"]), "level": "venue", "name": "好名字", **more}
    assert union.as_("district_admin").post(PATH, body).status_code == 422


def test_what_is_not_there(union: Union) -> None:
    admin = union.as_("city_admin")
    assert admin.post(PATH, {"parent_id": "999999", "level": "venue", "name": "x"}).status_code == 404
    assert admin.patch(f"{PATH}/999999", {"name": "x"}).status_code == 404
    # nothing asked for, nothing done
    id = union.organisations["xc"]
    assert admin.patch(f"{PATH}/{id}", {}).json()["name"] == "西城区总工会"


@pytest.mark.parametrize(
    "name", ["\x9b31m总工会", "总工会\u202e放开", "总\x1b]0;x\x07", "\u2067x", "\u200b", " \n "]
)
def test_a_name_neither_hides_nor_turns_what_is_around_it(union: Union, name: str) -> None:
    """Names of organisations and people alike; they are shown on terminals, too."""
    body = {"parent_id": str(union.organisations["dc"]), "level": "venue", "name": name}
    assert union.as_("district_admin").post(PATH, body).status_code == 422
    assert union.as_("neighbour").patch("/v1/me", {"name": name}).status_code == 422


def test_a_name_is_on_one_line(union: Union) -> None:
    neighbour = union.as_("neighbour")
    assert neighbour.patch("/v1/me", {"name": " 周\n  敏\u200b "}).json()["name"] == "周 敏"
    assert neighbour.patch("/v1/me", {"name": "周敏"}).status_code == 200
