"""The controlled words of the database, and the ways sheets write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from psycopg import Connection

AMENITY_WORDS: dict[str, str] = {
    "饮水": "drinking_water", "饮用水": "drinking_water", "饮水机": "drinking_water",
    "茶水": "drinking_water",
    "热水": "hot_water", "开水": "hot_water", "微波炉": "microwave", "加热饭菜": "microwave",
    "电热水壶": "kettle", "热水壶": "kettle", "桌椅": "table_chairs", "休息桌椅": "table_chairs",
    "沙发": "sofa", "储物柜": "lockers", "寄存柜": "lockers", "暖气": "heating", "取暖": "heating",
    "空调": "air_conditioning", "无线网": "wifi", "无线网络": "wifi", "免费wifi": "wifi", "wi-fi": "wifi",
    "免费wi-fi": "wifi", "充电": "phone_charging", "手机充电": "phone_charging", "充电器": "phone_charging",
    "卫生间": "toilet", "厕所": "toilet", "洗手间": "toilet", "冰箱": "fridge", "急救箱": "first_aid",
    "急救包": "first_aid", "医药箱": "first_aid", "药箱": "first_aid", "雨伞": "umbrella", "雨衣": "raincoat",
    "打气筒": "tyre_pump", "哺乳椅": "nursing_chair", "尿布台": "changing_table",
    "尿布更换台": "changing_table",
    "护理台": "changing_table", "洗手池": "wash_basin", "洗手台": "wash_basin", "插座": "socket",
    "电源插座": "socket", "心理咨询": "counselling", "心理热线": "hotline",
}  # fmt: skip
"""Beside each amenity's own code and names; a mapping's translations come before these."""

KIND_WORDS: dict[str, str] = {
    "暖心驿站": "care_station", "户外劳动者服务站点": "care_station", "户外劳动者驿站": "care_station",
    "工会驿站": "care_station", "职工驿站": "care_station", "驿站": "care_station",
    "职工之家": "worker_home", "母婴室": "nursing_room", "母婴关爱室": "nursing_room",
    "哺乳室": "nursing_room", "哺集乳室": "nursing_room", "心灵驿站": "psych_point",
}  # fmt: skip


@lru_cache(maxsize=100_000)
def word(text: str) -> str:
    """A text as words are looked up: NFKC, without space, lower case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


@dataclass(frozen=True)
class Vocabulary:
    """Codes and words → ids, for kinds, amenities and hosts; `*_codes` are the codes alone."""

    kinds: Mapping[str, int]
    amenities: Mapping[str, int]
    hosts: Mapping[str, int]
    kind_codes: tuple[str, ...]
    amenity_codes: tuple[str, ...]
    host_codes: tuple[str, ...]


def read_vocabulary(conn: Connection) -> Vocabulary:
    """The words that this database knows now: a new kind is a row in its table."""
    kinds = conn.execute("SELECT id, code, name_zh, name_en FROM kind ORDER BY id").fetchall()
    amenities = conn.execute("SELECT id, code, name_zh, name_en FROM amenity ORDER BY id").fetchall()
    hosts = conn.execute("SELECT id, code, name_zh, name_en FROM host ORDER BY id").fetchall()
    return Vocabulary(
        _words(kinds, KIND_WORDS),
        _words(amenities, AMENITY_WORDS),
        _words(hosts, {}),
        tuple(row[1] for row in kinds),
        tuple(row[1] for row in amenities),
        tuple(row[1] for row in hosts),
    )


def _words(rows: Iterable[tuple[int, str, str, str]], others: Mapping[str, str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    codes: dict[str, int] = {}
    for number, code, *names in rows:
        codes[code] = number
        for name in (code, *names):
            ids.setdefault(word(name), number)
    for name, code in others.items():
        if code in codes:
            ids.setdefault(word(name), codes[code])
    return ids
