"""What stations stand in, and what follows from it: hours, equipment, the way in.

Weights are guesses at a plausible city, not statistics; the wordings of hours are those people write.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from geoapi.sample.draws import Weighted

Hours = tuple[tuple[str | None, float], ...]

WORKDAYS: Final[Hours] = (
    ("周一至周五 9:00-17:30", 5),
    ("工作日9:00-17:30", 4),
    ("工作日 8:30—17:30", 2),
    ("周一至周五 上午9:00-12:00，下午13:30-17:30", 2),
    ("工作日上午8:30-11:30，下午14:00-17:30", 1),
    ("周一至周五9：00-18：00，法定节假日休息", 1),
    ("星期一至星期五 08:30-17:00", 1),
)
DAILY: Final[Hours] = (
    ("9:00-20:00", 1),
    ("每日9:00-21:00", 4),
    ("周一至周日 8:00-20:00", 3),
    ("每日8:00～22:00", 2),
    ("全年无休 8:30-18:00", 1),
    ("每天7:00至23:00", 2),
)
NOT_MONDAYS: Final[Hours] = (
    ("周二至周日 9:00-20:00（周一闭馆）", 3),
    ("9:00-20:00（周一闭馆）", 2),
    ("周二至周日9:00-17:00", 1),
)
ALL_DAY: Final[Hours] = (
    ("24小时", 4),
    ("全天开放", 1),
    ("24小时自助", 3),
    ("24小时（凭门禁码）", 2),
    ("全天24小时开放", 1),
    ("工作日9:00-17:30有人值守，其余时间扫码进入", 1),
)
NIGHTS: Final[Hours] = (
    ("每日22:00-次日6:00", 3),
    ("22:00-次日6:00", 1),
    ("每天20:00-次日8:00", 1),
    ("周一至周五 18:00-次日2:00", 1),
)
SHOPPING: Final[Hours] = (
    ("每日10:00-22:00", 5),
    ("10:00-21:30", 1),
    ("周一至周四10:00-21:30，周五至周日10:00-22:00", 2),
)
CLINIC: Final[Hours] = (
    ("周一至周五 8:00-17:00，周六 8:00-12:00", 2),
    ("工作日8:00-17:00", 2),
    ("每日7:30-20:00", 2),
)
BRANCH: Final[Hours] = (("每日9:00-17:00", 2), ("周一至周日 9:00-16:30", 1))
COACHES: Final[Hours] = (("每日5:30-21:00", 1), ("每日6:00-20:00", 1))
PARK: Final[Hours] = (
    ("每日6:00-21:00", 3),
    ("4月1日至10月31日 每日6:00-21:00，11月1日至次年3月31日 每日6:30-20:00", 3),
    ("8:30-17:00", 1),
)
METRO: Final[Hours] = (("每日5:30-23:00", 4), ("首末班车时间内", 2), ("每日5:00至23:30", 1))
APPOINTMENTS: Final[Hours] = (
    ("工作日 9:00-17:00", 6),
    ("周一至周五 9:00-11:30，13:30-17:00", 3),
    ("每周二、周四 14:00-17:00", 1),
    ("每周六 9:00-12:00", 1),
)
UNSAID: Final[Hours] = ((None, 6), ("以门店营业时间为准", 2), ("营业时间内开放", 1), ("请提前电话联系", 1))


def _mix(*parts: tuple[Hours, float]) -> Weighted[str | None]:
    """One choice out of groups of wordings, each group with its share."""
    return Weighted(
        [
            (text, share * weight / sum(w for _, w in hours))
            for hours, share in parts
            for text, weight in hours
        ]
    )


class Host(NamedTuple):
    """A sort of venue: words, when it is open, and what it has more or less of than others."""

    zh: tuple[str, ...]
    en: str
    hours: Weighted[str | None]
    likely: dict[str, float]
    """Probability of an amenity where it differs from the kind's own."""


_U = 0.08  # hours nobody wrote down

HOSTS: Final = {
    "convenience_store": Host(
        ("邻里优选便利店", "京惠便利店", "小满便利店", "晨星便利店"), "Convenience Store",
        _mix((DAILY, 0.70), (ALL_DAY, 0.20), (NIGHTS, 0.02), (UNSAID, _U)),
        {"microwave": 0.92, "toilet": 0.08, "fridge": 0.5, "lockers": 0.05},
    ),
    "petrol_station": Host(
        ("京顺加油站", "安达加油站", "北辰路加油站"), "Petrol Station",
        _mix((ALL_DAY, 0.34), (DAILY, 0.58), (UNSAID, _U)),
        {"toilet": 0.92, "tyre_pump": 0.7, "microwave": 0.5},
    ),
    "bank": Host(
        ("京安银行", "华通银行", "惠民农商银行"), "Bank Branch",
        _mix((WORKDAYS, 0.55), (BRANCH, 0.30), (ALL_DAY, 0.07), (UNSAID, _U)),
        {"sofa": 0.7, "wifi": 0.85, "microwave": 0.45, "umbrella": 0.7, "air_conditioning": 0.95},
    ),
    "estate_agent": Host(
        ("安家房产", "和美房产", "京居房产"), "Estate Agency",
        _mix((DAILY, 0.92), (UNSAID, _U)),
        {"wifi": 0.9, "phone_charging": 0.9, "umbrella": 0.8, "microwave": 0.3},
    ),
    "mall": Host(
        ("购物中心", "百货商场", "生活广场"), "Shopping Mall",
        _mix((SHOPPING, 0.92), (UNSAID, _U)), {"toilet": 0.9, "air_conditioning": 0.98},
    ),
    "park": Host(
        ("公园", "郊野公园", "城市森林公园"), "Park",
        _mix((PARK, 0.90), (UNSAID, 0.10)), {"toilet": 0.8, "microwave": 0.4, "air_conditioning": 0.4},
    ),
    "hospital": Host(
        ("医院", "社区卫生服务中心", "妇幼保健院"), "Hospital",
        _mix((CLINIC, 0.76), (ALL_DAY, 0.16), (UNSAID, _U)), {"toilet": 0.9, "first_aid": 0.95},
    ),
    "community_centre": Host(
        ("社区服务站", "社区服务中心", "社区居委会"), "Community Service Station",
        _mix((WORKDAYS, 0.66), (NOT_MONDAYS, 0.10), (DAILY, 0.14), (ALL_DAY, 0.02), (UNSAID, _U)),
        {"toilet": 0.6, "microwave": 0.75, "sofa": 0.3},
    ),
    "party_centre": Host(
        ("党群服务中心", "党群服务站"), "Party-Masses Service Centre",
        _mix((NOT_MONDAYS, 0.34), (WORKDAYS, 0.34), (DAILY, 0.24), (UNSAID, _U)),
        {"toilet": 0.7, "wifi": 0.8, "lockers": 0.3},
    ),
    "metro_station": Host(("地铁站",), "Metro Station", _mix((METRO, 0.92), (UNSAID, _U)), {"socket": 0.5}),
    "coach_station": Host(
        ("长途客运站", "公交枢纽"), "Coach Station",
        _mix((COACHES, 0.92), (UNSAID, _U)), {"toilet": 0.9},
    ),
    "stadium": Host(
        ("体育馆", "全民健身中心"), "Sports Centre",
        _mix((DAILY, 0.6), (NOT_MONDAYS, 0.32), (UNSAID, _U)), {"toilet": 0.9},
    ),
    "street_office": Host(
        ("政务服务中心", "市民活动中心"), "Subdistrict Service Hall",
        _mix((WORKDAYS, 0.80), (DAILY, 0.10), (ALL_DAY, 0.03), (UNSAID, 0.07)), {"toilet": 0.8, "wifi": 0.8},
    ),
    "union_building": Host(
        ("工会服务中心", "职工服务中心"), "Union Service Centre",
        _mix((WORKDAYS, 0.7), (DAILY, 0.25), (UNSAID, 0.05)), {"toilet": 0.9, "wifi": 0.95, "lockers": 0.5},
    ),
    "office_building": Host(
        ("写字楼", "科技园", "商务中心"), "Office Building",
        _mix((WORKDAYS, 0.6), (DAILY, 0.32), (UNSAID, _U)), {"toilet": 0.8, "sofa": 0.5},
    ),
    "library": Host(
        ("图书馆", "城市书房"), "Library",
        _mix((NOT_MONDAYS, 0.82), (DAILY, 0.1), (UNSAID, _U)),
        {"wifi": 0.98, "toilet": 0.9, "microwave": 0.2},
    ),
    "government": Host(
        ("政务大厅", "便民服务大厅"), "Government Service Hall",
        _mix((WORKDAYS, 0.95), (UNSAID, 0.05)), {},
    ),
    "scenic_spot": Host(
        ("游客中心", "景区服务处"), "Visitor Centre",
        _mix((PARK, 0.9), (UNSAID, 0.1)), {"toilet": 0.9},
    ),
    "other": Host(
        ("智慧驿站", "骑手之家", "环卫班房"), "Roadside Cabin",
        _mix((ALL_DAY, 0.48), (DAILY, 0.3), (NIGHTS, 0.14), (UNSAID, _U)),
        {"toilet": 0.3, "microwave": 0.85, "tyre_pump": 0.4},
    ),
}  # fmt: skip


class Kind(NamedTuple):
    """A kind of station: words, how many, its hosts by weight, its amenities by probability."""

    zh: str
    en: str
    total: int
    hosts: Weighted[str]
    amenities: dict[str, float]


KINDS: Final = {
    "care_station": Kind(
        "职工暖心驿站", "Worker Care Station", 9_650,
        Weighted([
            ("community_centre", 0.24), ("convenience_store", 0.15), ("bank", 0.14), ("street_office", 0.09),
            ("party_centre", 0.08), ("estate_agent", 0.08), ("petrol_station", 0.07),
            ("office_building", 0.04),
            ("park", 0.03), ("mall", 0.02), ("hospital", 0.02), ("other", 0.02), ("union_building", 0.01),
            ("library", 0.01),
        ]),
        {
            "drinking_water": 0.97, "hot_water": 0.9, "microwave": 0.7, "kettle": 0.4, "table_chairs": 0.95,
            "sofa": 0.2, "lockers": 0.2, "heating": 0.65, "air_conditioning": 0.7, "wifi": 0.6,
            "phone_charging": 0.75, "toilet": 0.4, "fridge": 0.25, "first_aid": 0.7, "umbrella": 0.45,
            "raincoat": 0.2, "tyre_pump": 0.1, "socket": 0.3,
        },
    ),
    "worker_home": Kind(
        "公共区域职工之家", "Public-Area Worker Home", 14,
        Weighted([
            ("office_building", 0.4), ("union_building", 0.3), ("mall", 0.15), ("coach_station", 0.15),
        ]),
        {
            "drinking_water": 1.0, "hot_water": 1.0, "microwave": 0.95, "kettle": 0.6, "table_chairs": 1.0,
            "sofa": 0.9, "lockers": 0.8, "heating": 0.9, "air_conditioning": 1.0, "wifi": 1.0,
            "phone_charging": 1.0, "toilet": 0.9, "fridge": 0.8, "first_aid": 1.0, "umbrella": 0.7,
            "relaxation": 0.5,
        },
    ),
    "nursing_room": Kind(
        "母婴关爱室", "Mother-and-Baby Room", 2_020,
        Weighted([
            ("mall", 0.24), ("hospital", 0.22), ("bank", 0.10), ("metro_station", 0.10), ("park", 0.09),
            ("government", 0.07), ("community_centre", 0.06), ("stadium", 0.03), ("library", 0.03),
            ("scenic_spot", 0.03), ("coach_station", 0.02), ("office_building", 0.01),
        ]),
        {
            "nursing_chair": 0.95, "changing_table": 0.92, "wash_basin": 0.75, "hot_water": 0.5,
            "fridge": 0.2, "socket": 0.7, "air_conditioning": 0.5, "sofa": 0.3, "privacy_door": 0.65,
            "privacy_curtain": 0.45, "drinking_water": 0.3,
        },
    ),
    "psych_point": Kind(
        "职工心灵驿站", "Psychological Care Point", 300,
        Weighted([
            ("community_centre", 0.4), ("party_centre", 0.3), ("union_building", 0.15),
            ("street_office", 0.1), ("office_building", 0.05),
        ]),
        {
            "counselling": 0.95, "self_assessment": 0.7, "relaxation": 0.5, "hotline": 0.9, "sofa": 0.8,
            "drinking_water": 0.6, "air_conditioning": 0.7, "wifi": 0.4,
        },
    ),
}  # fmt: skip

# A point of appointments keeps its counsellor's hours, whatever its host does.
APPOINTMENT_HOURS: Final = _mix((APPOINTMENTS, 0.94), (UNSAID, 0.06))

DOOR_CODE: Final = "凭门禁码进入"
SCAN_IN: Final = "扫码进入"
BEHIND_THE_GATES: Final = "付费区内，须购票进站"
BY_APPOINTMENT: Final = "需提前预约"
STAFF_ONLY: Final = "仅供本单位职工使用"
ASK_STAFF: Final = "请向工作人员索取钥匙"
