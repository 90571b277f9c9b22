"""A station's history told: who did what, when, and what became what, in words that people read. Pure.

`tell` makes an entry of a revision; its `sentence` is the whole of it on one line, in Chinese or English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from geoapi.editing.actions import ACTIONS
from geoapi.editing.fields import FIELDS, Field, shown_fields
from geoapi.editing.replay import EXCEPTION, OUTAGE, Recorded
from geoapi.errors import Words
from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.geometry.distances import sphere_distances_m
from geoapi.queries.catalog import Catalog

LONGEST_VALUE: Final = 80
"""Characters of a value in a sentence; all of it is in the entry's changes."""

REVERTED = re.compile(r"revert (undo|to) (\d+)")
"""What the revisions of one revert carry as their batch: how, and of which version."""

# said by the action itself
_TOLD_BY_ACTION: Final = {
    "confirm": {"verified_at"},
    "retire": {"retired_at"},
    "restore": {"retired_at"},
    "sync": {"retired_at"},
    "import": {"retired_at"},
}
# whose name the action says: only the values are left to tell
_NAMED_BY_ACTION: Final = {"move": "location", "approve_move": "location", "reassign": "organisation_id"}
_POLICIES: Final = {"as_usual": Words("节假日照常", "open as usual"), "closed": Words("节假日休息", "closed")}
_NOTHING: Final = Words("无", "none")
_LISTED_AGAIN: Final = Words("来源又列出，恢复站点", "brought the station back: its source lists it again")
_MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True)
class Told:
    """How to tell: the language, the place's clocks, the datum, and names of what revisions know by number.

    `now` is the present: times of another year are told with it.
    """

    lang: str
    zone: ZoneInfo
    crs: Datum
    catalog: Catalog
    now: datetime
    organisations: Mapping[int, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def say(self, words: Words) -> str:
        return words.in_language(self.lang)

    def pick(self, zh: str, en: str) -> str:
        return en if self.lang == "en" else zh

    def day_and_time(self, moment: datetime) -> str:
        """A time as a story has it: 11月23日 09:12."""
        local = moment.astimezone(self.zone)
        other_year = local.year != self.now.astimezone(self.zone).year
        if self.lang == "en":
            year = f" {local.year}" if other_year else ""
            return f"{local.day} {_MONTHS[local.month - 1]}{year}, {local:%H:%M}"
        return f"{f'{local.year}年' if other_year else ''}{local.month}月{local.day}日 {local:%H:%M}"

    def short_time(self, moment: datetime) -> str:
        """A time among others: 11-23 09:12."""
        local = moment.astimezone(self.zone)
        other_year = local.year != self.now.astimezone(self.zone).year
        return f"{local:%Y-%m-%d %H:%M}" if other_year else f"{local:%m-%d %H:%M}"

    def span(self, starts: datetime | None, ends: datetime | None) -> str:
        """From when to when: "11-23 09:00 至 18:00", "11-23 全天"."""
        if starts is None or ends is None:
            since = self.pick("起", " onwards")
            return f"{self.short_time(starts)}{since}" if starts else self.pick("一直", "always")
        first, last = starts.astimezone(self.zone), ends.astimezone(self.zone)
        if (first.hour, first.minute, last.hour, last.minute) == (0, 0, 0, 0) and first < last:
            days = (last.date() - first.date()).days
            whole = self.short_time(first).removesuffix(" 00:00")
            until = self.short_time(last - timedelta(days=1)).removesuffix(" 00:00")
            return self.pick(
                f"{whole} 全天" if days == 1 else f"{whole} 至 {until} 全天",
                f"all of {whole}" if days == 1 else f"all of {whole} to {until}",
            )
        until = f"{last:%H:%M}" if first.date() == last.date() else self.short_time(last)
        return self.pick(f"{self.short_time(first)} 至 {until}", f"{self.short_time(first)} to {until}")


def tell(revision: Mapping[str, Any], was: Recorded, told: Told) -> dict[str, Any]:
    """The entry of a revision, of a station that was `was` before it."""
    became = was.changed(revision["after"])
    is_first = not revision["before"]
    changes = list(_changes(revision, was, became, told))
    action = revision["action"]
    reverted = REVERTED.fullmatch(revision["batch_id"] or "")
    return {
        "version": revision["version"],
        "at": revision["at"].astimezone(told.zone),
        "who": who_of(revision),
        "action": action,
        "action_name": told.say(ACTIONS.get(action, ACTIONS["edit"])),
        "reason": revision["reason"],
        "revert_of": int(reverted[2]) if reverted else None,
        "file": told.files.get(revision["batch_id"] or ""),
        "changes": [{name: one[name] for name in ("field", "label", "before", "after")} for one in changes],
        "sentence": _sentence(revision, changes, became, told, is_first=is_first),
    }


def who_of(revision: Mapping[str, Any]) -> dict[str, Any]:
    """Who made a revision: their name then, the account where there was one, and what kind of who."""
    actor = revision["actor"]
    if revision["account_id"] is not None:
        return {"name": actor, "account_id": str(revision["account_id"]), "kind": "account"}
    kind = "import" if actor.startswith("import ") else "service" if actor == "service" else "command"
    return {"name": actor.removeprefix("import "), "account_id": None, "kind": kind}


def _changes(
    revision: Mapping[str, Any], was: Recorded, became: Recorded, told: Told
) -> Iterator[dict[str, Any]]:
    """What a revision changed, in the order of the fields; each with `clause`, its part of the sentence."""
    keys = revision["after"].keys()
    before, after = (shown_fields(state.columns, told.catalog) for state in (was, became))
    for one in FIELDS:
        if keys.isdisjoint(one.columns):
            continue
        old = _readable(one.name, before.get(one.name) if revision["before"] else None, told)
        new = _readable(one.name, after.get(one.name), told)
        # a first revision holds all there is, also what is empty
        if not revision["before"] and new in (None, [], {}):
            continue
        yield {
            "field": one.name, "label": told.say(one.label), "before": old, "after": new,
            "clause": _clause(one.name, _label_in(revision["action"], one, told), old, new, told),
        }  # fmt: skip
    for key in sorted(keys):
        if key.startswith((EXCEPTION, OUTAGE)):
            yield _dated_change(key, was.value(key), became.value(key), told)


def _label_in(action: str, one: Field, told: Told) -> str:
    """What leads a field's part of the sentence: its name, unless the action has said it."""
    return "" if _NAMED_BY_ACTION.get(action) == one.name else told.say(one.label) + told.pick("：", ": ")


def _readable(name: str, value: Any, told: Told) -> Any:
    """A field as answers show it, with names in place of codes and numbers."""
    catalog = told.catalog
    match name, value:
        case _, None:
            return None
        case "amenities", _:
            names = {word.code: told.say(word.name) for word in catalog.amenities}
            return [names.get(code, code) for code in value]
        case (("kind" | "host"), _):
            of_code = {word.code: told.say(word.name) for word in (*catalog.kinds, *catalog.hosts)}
            return of_code.get(value, value)
        case "organisation_id", _:
            return told.organisations.get(int(value), f"#{value}")
        case "location", _:
            lon, lat = point_from_wgs84(value["lon"], value["lat"], told.crs)
            return {"lon": round(lon, 7), "lat": round(lat, 7), "crs": told.crs.value}
        case "hours", _:
            return {part: value.get(part) for part in ("text", "week")}
        case "holiday_policy", _:
            return told.say(_POLICIES[value])
        case (("verified_at" | "retired_at"), _):
            return datetime.fromisoformat(value).astimezone(told.zone)
        case _:
            return value


def _text(name: str, value: Any, told: Told) -> str:
    """A readable value in a sentence."""
    if value in (None, [], {}, ""):
        return told.say(_NOTHING)
    match name, value:
        case "amenities", _:
            text = told.pick("、", ", ").join(value)
        case "access", _:
            text = told.pick("；", "; ").join(value)
        case "location", _:
            text = f"{value['lon']:.5f},{value['lat']:.5f}"
        case "hours", _:
            text = value["text"] or _week_text(value["week"])
        case (("verified_at" | "retired_at"), _):
            text = told.short_time(value)
        case "attributes", _:
            text = told.pick("、", ", ").join(f"{key}={one}" for key, one in value.items())
        case _:
            text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _week_text(week: list[list[str]] | None) -> str:
    return " | ".join(",".join(day) or "-" for day in week or ())


def _clause(name: str, label: str, old: Any, new: Any, told: Told) -> str:
    """What became of a field, in a sentence: 开放时间：A → B. `label` leads it, with its colon."""
    if name == "retired_at":
        return told.pick("停用站点", "retired") if new else told.pick("恢复站点", "in use again")
    if name == "amenities":
        more = [one for one in new or () if one not in (old or ())]
        less = [one for one in old or () if one not in (new or ())]
        parts = [
            told.pick(verb.zh, verb.en) + _text(name, those, told)
            for verb, those in ((Words("增加", "added "), more), (Words("去掉", "removed "), less))
            if those
        ]
        return label + told.pick("，", ", ").join(parts)
    if name == "attributes" and old and new:
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        old, new = ({key: one[key] for key in keys if key in one} for one in (old, new))
    was, became = _text(name, old, told), _text(name, new, told)
    if name == "hours" and was == became:
        # the words stay, and what they mean is another: the reader of hours has learned
        return label + became + told.pick("（重新解读）", " (read anew)")
    change = f"{label}{was} → {became}"
    if name == "location" and old and new:
        metres = float(sphere_distances_m(old["lon"], old["lat"], [new["lon"]], [new["lat"]])[0])
        change += told.pick(f"（移动 {metres:.0f} 米）", f" ({metres:.0f} m)")
    return change


def _dated_change(key: str, old: Any, new: Any, told: Told) -> dict[str, Any]:
    """The change of a closure, an extra opening or an outage, each told as one line."""
    one = new or old
    if key.startswith(OUTAGE):
        field_name, label, say = "out_of_order", Words("设施故障", "out of order"), _outage_text
    elif one["state"] == "closed":
        field_name, label, say = "closures", Words("临时关闭", "closure"), _exception_text
    else:
        field_name, label, say = "openings", Words("临时加开", "extra opening"), _exception_text
    before, after = (None if state is None else say(state, told) for state in (old, new))
    if before is None:
        clause = str(after)
    elif after is None:
        clause = told.pick(f"取消“{before}”", f"took back “{before}”")
    else:
        clause = f"{before} → {after}"
    return {
        "field": field_name, "label": told.say(label), "before": before, "after": after, "clause": clause,
        "note": one.get("note_zh") or one.get("note"),
    }  # fmt: skip


def _exception_text(one: Mapping[str, Any], told: Told) -> str:
    state = told.pick("关闭", "closed") if one["state"] == "closed" else told.pick("加开", "open")
    note = one.get("note_en") if told.lang == "en" else None
    return f"{_span_of(one, told)} {state}" + _in_brackets(note or one.get("note_zh"), told)


def _outage_text(one: Mapping[str, Any], told: Told) -> str:
    word = told.catalog.amenity_by_id.get(one["amenity_id"])
    name = told.say(word.name) if word else f"#{one['amenity_id']}"
    starts, ends = _moment(one.get("starts_at")), _moment(one.get("ends_at"))
    since = told.short_time(starts) if starts else None
    until = told.short_time(ends) if ends else None
    zh = name + (f" {since} 起故障" if since else "故障") + (f"，至 {until}" if until else "")
    en = f"{name} out of order" + (f" from {since}" if since else "") + (f" until {until}" if until else "")
    return told.pick(zh, en) + _in_brackets(one.get("note"), told)


def _span_of(one: Mapping[str, Any], told: Told) -> str:
    return told.span(_moment(one.get("starts_at")), _moment(one.get("ends_at")))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text not in (None, "infinity", "-infinity") else None


def _in_brackets(text: str | None, told: Told) -> str:
    return told.pick(f"（{text}）", f" ({text})") if text else ""


def _sentence(
    revision: Mapping[str, Any],
    changes: list[dict[str, Any]],
    became: Recorded,
    told: Told,
    *,
    is_first: bool,
) -> str:
    who, when = _who_text(revision, told), told.day_and_time(revision["at"])
    action = revision["action"]
    hidden = _TOLD_BY_ACTION.get(action, set())
    clauses = [one["clause"] for one in changes if one["field"] not in hidden]
    if is_first:
        did = _first_words(revision, became, told)
    else:
        comes_back = any(one["field"] == "retired_at" and one["after"] is None for one in changes)
        did = _done_words(revision, told.pick("；", "; ").join(clauses), told, comes_back=comes_back)
    reason = revision["reason"]
    notes = [one.get("note") for one in changes]
    told_already = reason is not None and (reason in notes or any(reason in clause for clause in clauses))
    # of a conflict with an import it is the file
    named = Words("文件", "file") if action == "resolve_conflict" else Words("理由", "reason")
    why = (
        told.pick(f"（{named.zh}：{reason}）", f" ({named.en}: {reason})")
        if reason and not told_already
        else ""
    )
    return told.pick(f"{who} 于 {when} {did}{why}", f"{who}, {when}: {did}{why}")


def _who_text(revision: Mapping[str, Any], told: Told) -> str:
    who = who_of(revision)
    file = told.files.get(revision["batch_id"] or "")
    match who["kind"]:
        case "account":
            return str(who["name"])
        case "import":
            source = str(who["name"])
            if file and file != source:
                source += told.pick("，", ", ") + file
            return told.pick(f"导入（{source}）", f"Import ({source})")
        case "service":
            return told.pick("系统", "The service")
        case _:
            return told.pick(f"命令行（{who['name']}）", f"Command line ({who['name']})")


def _done_words(revision: Mapping[str, Any], clauses: str, told: Told, *, comes_back: bool) -> str:
    """What was done, to a station that there was; `comes_back` where it was out of use until then."""
    action = revision["action"]
    colon = told.pick("：", ": ")
    reverted = REVERTED.fullmatch(revision["batch_id"] or "")
    if reverted:
        did = told.pick(f"撤销了第 {reverted[2]} 版的修改", f"undid version {reverted[2]}")
        if reverted[1] == "to":
            did = told.pick(f"恢复到第 {reverted[2]} 版", f"went back to version {reverted[2]}")
    elif action == "edit" or action not in ACTIONS:
        return told.pick("修改了", "changed ") + clauses
    elif action == "import" and comes_back:
        did = told.say(_LISTED_AGAIN)
    elif action == "import":
        return told.pick("更新了", "updated ") + clauses
    else:
        did = told.say(ACTIONS[action])
    return did + (colon + clauses if clauses else "")


def _first_words(revision: Mapping[str, Any], became: Recorded, told: Told) -> str:
    """How a station came to be, or its history to begin."""
    shown = shown_fields(became.columns, told.catalog)
    parts = [
        _text(name, _readable(name, shown.get(name), told), told)
        for name in ("kind", "address", "hours", "amenities")
        if shown.get(name)
    ]
    what = told.pick(f"“{shown['name']}”", f"“{shown['name_en'] or shown['name']}”")
    details = told.pick("（", " (") + told.pick("；", "; ").join(parts) + told.pick("）", ")")
    did = {
        "import": Words("新增站点", "brought in"),
        "base": Words("开始记录历史：", "began the history of"),
    }.get(revision["action"], Words("新建站点", "created"))
    return told.pick(f"{did.zh}{what}{details}", f"{did.en} {what}{details}")
