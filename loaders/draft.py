"""A first mapping for a file, from its columns' names and values: to be read and corrected by a person."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

import numpy as np
import shapely

from geoapi.geometry.evidence import datum_evidence
from geoapi.geometry.gcj02_area import shares_at
from loaders.mapping import FileShape
from loaders.source_file import format_of, open_table

LOOKED_AT = 2_000
"""Rows that a draft is made from."""

# the first match of a field in this order; words in any script, most telling first
NAMES: tuple[tuple[str, str], ...] = (
    ("lon", r"经度|經度|^lon$|^lng$|longitude|経度|^@lon$|lon_|lng_|_lon$|_lng$|^x$"),
    ("lat", r"纬度|緯度|^lat$|latitude|^@lat$|lat_|_lat$|^y$"),
    ("lonlat", r"经纬度|坐标|座標|coordinate|location$"),
    ("kind", r"类别|類別|类型|^kind$|^type$|種別"),
    ("name_en", r"english|英文名|romaji|name_en"),
    ("name_zh", r"站点名称|驿站名称|名称|名稱|^name$|name_zh|施設名"),
    (
        "hours",
        r"开放时间|營業時間|营业时间|开放时段|服务时间|opening.?hours|hours_raw|open_hours|開館時間|时间$",
    ),
    ("address", r"地址|住所|所在地|address"),
    ("amenities", r"设施|設施|设备|amenit|facilit"),
    ("phone", r"电话|電話|phone|^tel"),
    ("district_code", r"adcode|区划代码|行政区代码|district_?code|区县代码"),
    ("district_name", r"所属区|所在区|^区县?$|行政区|^district$|區$"),
    ("organisation", r"建设单位|管理单位|主管单位|organi[sz]ation"),
    ("host_name", r"依托|场所名称|host"),
    ("access_note", r"备注|備註|^note$|^remark"),
    ("verified_at", r"核实|更新时间|更新日期|verified|updated"),
)
_ID = r"^id$|编号|編號|序号|_id$|_code$|代码$|#property|识别"
_KINDS = (
    ("nursing_room", r"母婴|母嬰|哺乳|哺集乳|nursing"),
    ("worker_home", r"职工之家"),
    ("psych_point", r"心灵|心理"),
    ("care_station", r"驿站|驛站|服务站|union|station"),
)
_HOURS_LIKE = re.compile(
    r"\d{1,2}\s*[:：点點時时]|24\s*小[时時]|全天|全年|周[一-日]|週[一-日]|星期|工作日|mo-fr", re.I
)


def draft_mapping(path: Path, polygons: Iterable[shapely.Geometry] = ()) -> str:
    """A mapping file's text, valid TOML for `geoapi load`, with a comment wherever it guessed.

    `polygons` (WGS-84) let it weigh the datum. Raises `UnreadableFile`.
    """
    with open_table(path, FileShape()) as table:
        rows = [row.cells for row in islice(table.rows, LOOKED_AT) if row.fault is None]
    values = {column: [row.get(column, "").strip() for row in rows] for column in table.columns}
    chosen = _choose(values)
    notes: list[str] = []
    datum = _datum(values, chosen, list(polygons), notes)
    kind = next(
        (code for code, words in _KINDS if _any_match(words, path.stem, values, chosen)), "care_station"
    )
    lines = [
        f"# 由 geoapi map 起草，请逐项核对 · drafted from {path.name}, {len(rows)} rows: check every line",
        *(f"# {note}" for note in notes),
        "",
        'attributes = "rest"      # 其余各列原样保留 · every other column is kept as it is',
        "",
        "[source]",
        f"name = {_toml(_slug(path.stem))}",
        'licence = ""             # 数据的许可 · whose data it is, and under which licence',
        "",
        "[file]",
        f"format = {_toml(format_of(path))}",
        "",
        "[place]",
        f"datum = {_toml(datum)}",
        'outside = "keep"         # 已导入区界则用 "quarantine" · "quarantine" once districts are loaded',
        "",
        *_id_lines(values, chosen),
        "",
        "[columns]",
        *(_column_line(field, column, values) for field, column in chosen.items()),
    ]
    missing = [field for field in ("name_zh", "lon", "lat") if field not in chosen and "lonlat" not in chosen]
    if "name_zh" not in chosen and "name_zh" not in missing:
        missing.append("name_zh")
    for field in missing:
        lines.append(f'# {field} = ""           # 没有找到，请填列名 · not found: name the column')
    if "kind" not in chosen:
        lines += ["", "[constants]", f"kind = {_toml(kind)}   # 类别，猜测 · a guess"]
    else:
        words = dict.fromkeys(value for value in values[chosen["kind"]] if value)
        lines += ["", "[values.kind]         # 各词对应的类别代码 · the code of each word"]
        lines += [f"{_toml(word)} = {_toml(_kind_of(word, kind))}" for word in islice(words, 40)]
    return "\n".join(lines) + "\n"


def _choose(values: dict[str, list[str]]) -> dict[str, str]:
    """Field → column, each column once."""
    chosen: dict[str, str] = {}
    for field, words in NAMES:
        if field == "lonlat" and {"lon", "lat"} & chosen.keys():
            continue
        fits = _FITS.get(field, _any_value)
        free = [column for column in values if column not in chosen.values()]
        named = [column for column in free if re.search(words, unicodedata.normalize("NFKC", column), re.I)]
        # of several, the one whose values fit, and of those the fullest
        fitting = [column for column in named if fits([cell for cell in values[column] if cell])]
        if fitting:
            chosen[field] = max(fitting, key=lambda column: sum(map(bool, values[column])))
    for field in ("lon", "lat"):
        if field not in chosen:
            for column in values:
                if column not in chosen.values() and _FITS[field]([cell for cell in values[column] if cell]):
                    chosen[field] = column
                    break
    if ("lon" in chosen) != ("lat" in chosen):
        chosen.pop("lon", None)
        chosen.pop("lat", None)
    return {field: chosen[field] for field, _ in NAMES if field in chosen}


def _column_line(field: str, column: str, values: dict[str, list[str]]) -> str:
    """The line of one field, with the other columns that could be it."""
    words, fits = dict(NAMES)[field], _FITS.get(field, _any_value)
    others = [
        other
        for other, cells in values.items()
        if other != column and re.search(words, other, re.I) and fits([cell for cell in cells if cell])
    ]
    hint = f"     # 也可能是 · or {', '.join(others[:4])}" if others else ""
    return f"{field} = {_toml(column)}{hint}"


def _in_range(low: float, high: float) -> Callable[[list[str]], bool]:
    def fits(cells: list[str]) -> bool:
        try:
            numbers = [float(cell) for cell in cells]
        except ValueError:
            return False
        inside = sum(low <= number <= high for number in numbers)
        return bool(numbers) and inside >= 0.9 * len(numbers) and any("." in cell for cell in cells)

    return fits


def _any_value(cells: list[str]) -> bool:
    return True


def _like_hours(cells: list[str]) -> bool:
    looked = cells[:200]
    return bool(looked) and sum(bool(_HOURS_LIKE.search(cell)) for cell in looked) >= len(looked) / 3


_FITS: dict[str, Callable[[list[str]], bool]] = {
    "lon": _in_range(70, 150),
    "lat": _in_range(0, 60),
    "lonlat": lambda cells: any(
        re.fullmatch(r"\s*-?\d+\.\d+\s*[,，]\s*-?\d+\.\d+\s*", cell) for cell in cells
    ),
    "hours": _like_hours,
    "name_zh": lambda cells: len(cells) > 0,
    "kind": lambda cells: 0 < len(set(cells)) <= 20,
}


def _id_lines(values: dict[str, list[str]], chosen: dict[str, str]) -> list[str]:
    for column, cells in values.items():
        given = [cell for cell in cells if cell]
        # a stray row without its id does not make a column useless: it will wait as "no_id"
        if re.search(_ID, column, re.I) and len(set(given)) == len(given) > 0.98 * len(cells):
            return ["[id]", f"columns = {_toml(column)}     # 每行不同 · different in every row"]
    steady = [chosen[field] for field in ("name_zh", "address", "lon", "lat", "lonlat") if field in chosen]
    steady = steady or list(values)[:3]
    return [
        "# 没有可用的编号列：名称、地址与位置不变即同一站点",
        "# no id column: a row is the same station while these stay the same",
        "[id]",
        f"hash_of = [{', '.join(map(_toml, steady))}]",
    ]


def _datum(
    values: dict[str, list[str]], chosen: dict[str, str], polygons: list[shapely.Geometry], notes: list[str]
) -> str:
    """A guess at the datum: from the columns' names, else from districts, else GCJ-02 in China."""
    columns = f"{chosen.get('lon', '')} {chosen.get('lat', '')}".lower()
    for words, datum in (("gcj|amap|高德|火星", "gcj02"), ("bd09|baidu|百度", "bd09"), ("wgs|gps", "wgs84")):
        if re.search(words, columns):
            notes.append(f"坐标系按列名取 {datum} · datum {datum}: the columns' names say so")
            return datum
    points = _points(values, chosen)
    if polygons and len(points):
        found = datum_evidence(points[:, 0], points[:, 1], polygons)
        if found.best is not None:
            matched = ", ".join(f"{datum.value} {count}" for datum, count in found.matched.items())
            notes.append(
                f"坐标系按落区数取 · datum by points inside districts: {matched} of {found.comparable}"
            )
            return found.best.value
    datum = "gcj02" if len(points) and shares_at(points[:, 0], points[:, 1]).mean() > 0.5 else "wgs84"
    notes.append(
        f"坐标系是猜的，请向来源核实 · datum {datum} is a guess from where the points are: ask the source"
    )
    return datum


def _points(
    values: dict[str, list[str]], chosen: dict[str, str]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    pairs: list[tuple[str, str]] = []
    if "lon" in chosen and "lat" in chosen:
        pairs = list(zip(values[chosen["lon"]], values[chosen["lat"]], strict=True))
    found = []
    for lon, lat in pairs:
        try:
            found.append((float(lon), float(lat)))
        except ValueError:
            continue
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _any_match(words: str, stem: str, values: dict[str, list[str]], chosen: dict[str, str]) -> bool:
    named = values.get(chosen.get("name_zh", ""), [])
    return (
        bool(re.search(words, stem, re.I))
        or sum(bool(re.search(words, name)) for name in named) * 3 > len(named) > 0
    )


def _kind_of(word: str, otherwise: str) -> str:
    return next((code for code, words in _KINDS if re.search(words, word, re.I)), otherwise)


def _slug(stem: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKC", stem).lower()).strip("-")[:60]
    return slug if len(slug) >= 2 else "my-stations"


def _toml(text: str) -> str:
    # TOML's basic strings are JSON's, but for the slash and what is beyond U+FFFF
    return json.dumps(text, ensure_ascii=False)
