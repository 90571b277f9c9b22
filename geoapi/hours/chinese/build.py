"""Clauses → rules: weekdays in one table, special days behind it, and what remains in doubt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from geoapi.hours.chinese.courses import agreeing, cover_a_year
from geoapi.hours.chinese.said import (
    ALL_DAYS,
    HOLIDAYS,
    Clause,
    Sentences,
    goes_by_calendar,
    is_weekdays,
    names_every_day,
    spans_of,
    weekdays_of,
)
from geoapi.hours.chinese.scan import Token
from geoapi.hours.chinese.slips import slips
from geoapi.hours.festivals import Festival
from geoapi.hours.rules import DAY, Dates, Days, Kind, Rule, Rules, Span, merged


@dataclass(slots=True)
class Built:
    """Rules and the parts of the text that keep them from being the whole truth.

    `unread` parts may be about anything: with any, the rules are not `sure`. The doubt
    about `doubtful` parts is already within the rules.
    """

    rules: Rules | None
    unread: list[tuple[int, int]] = field(default_factory=list)
    doubtful: list[tuple[int, int]] = field(default_factory=list)


def build(said: Sentences, *, daily: bool = False) -> Built:
    """The rules that the sentences come to, None when no hours were read.

    `daily`: where no day is named, every day is meant.
    """
    return _Builder(said, daily).build()


class _Builder:
    def __init__(self, said: Sentences, daily: bool) -> None:
        self.said = said
        self.daily = daily
        self.unread = list(said.unread)
        self.doubtful: list[tuple[int, int]] = []
        self.rules: list[Rule] = []
        self.stated = False
        """Whether some rule of holidays says that nothing is known of them."""
        self.all_year = True
        """Whether some hours hold in every season, unless a season says otherwise."""
        self.closed_weekdays = {d for t in said.closed if is_weekdays(t) and t.days for d in t.days.weekdays}
        self.paired = any(
            t.word in ("restday", "statutory_restday") for clause in said.clauses for t in clause.days
        )

    def build(self) -> Built:
        said = self.said
        if not said.clauses:
            return Built(None, self.unread, self.doubtful)
        for clause in said.clauses:
            self._doubt_all_day(clause)
        self._unread(slips(said, self.closed_weekdays, paired=self.paired))
        seasons: dict[tuple[Dates, ...], list[Clause]] = {}
        for clause in said.clauses:
            seasons.setdefault(clause.dates, []).append(clause)
        if () not in seasons and not cover_a_year(seasons):
            self._unread(t for clause in said.clauses for t in clause.spans[:1])
        self.all_year = () in seasons
        whole_weeks = [self._season(dates, clauses) for dates, clauses in sorted(seasons.items())]
        holidays = all(whole_weeks) and not self.closed_weekdays
        makeups = holidays
        self._special(said.clauses)
        self._cuts()
        holidays = self._closed(holidays) or self.stated
        if said.including:
            self._including()
            holidays = True
        rules = Rules(tuple(self.rules), holidays=holidays, makeups=makeups, sure=not self.unread)
        return Built(rules, self.unread, self.doubtful)

    def _unread(self, tokens: Iterable[Token]) -> None:
        self.unread += [(token.start, token.end) for token in tokens]

    def _doubt_all_day(self, clause: Clause) -> None:
        """工作日全天: the whole working day, more likely than the 24 hours of it."""
        every_day = not clause.days or weekdays_of(clause) == ALL_DAYS or names_every_day([clause])
        if (self.said.closed or not every_day) and any(token.word.startswith("全") for token in clause.spans):
            clause.in_doubt = True

    def _season(self, dates: tuple[Dates, ...], clauses: list[Clause]) -> bool:
        """Adds the rules of the weekdays; whether one and the same course covers all seven."""
        table: dict[int, list[Clause]] = {day: [] for day in range(7)}
        daily = False
        bare = [clause for clause in clauses if not clause.days]
        for clause in clauses:
            days = weekdays_of(clause, paired=self.paired)
            if not clause.days or any(token.word == "daily" for token in clause.days):
                days, daily = ALL_DAYS, True
            elif goes_by_calendar(clause, paired=self.paired):
                days = frozenset(days - {0, 1, 2, 3, 4})  # 工作日、周六
            for day in days:
                table[day].append(clause)
        if bare:
            self._bare(bare, clauses)
        if self.closed_weekdays and daily and len(self.closed_weekdays) > 2:
            self._unread(t for t in self.said.closed if is_weekdays(t))
        for day in self.closed_weekdays:
            if table[day] and not daily and self._named_alone(day, table[day]):
                self._unread(t for t in self.said.closed if is_weekdays(t))
            table[day] = []
        for clause in clauses:
            self._by_kind(clause, dates)
        courses = {day: self._course(found) for day, found in table.items()}
        doubtful = any(clause.in_doubt for clause in clauses)
        for course in dict.fromkeys(courses.values()):
            same = tuple(day for day in range(7) if courses[day] == course)
            self._weekday_rules(dates, same, course)
        self._gaps(dates, clauses, courses)
        round_the_clock = len(clauses) == 1 and [b - a for a, b in spans_of(clauses[0])] == [DAY]
        settled = self.daily or bool(self.closed_weekdays) or self.said.no_rest or round_the_clock
        if doubtful or (bare and not settled):
            # the hours are read, but not on which days they hold
            self.rules.append(Rule(Days(dates=dates), state="perhaps"))
            self.doubtful += [(t.start, t.end) for c in clauses if c.in_doubt or not c.days for t in c.spans]
        return len(set(courses.values())) == 1 and bool(courses[0][0])

    def _bare(self, bare: list[Clause], clauses: list[Clause]) -> None:
        if len(clauses) > 1:
            self._unread(token for clause in bare for token in clause.spans)

    def _named_alone(self, day: int, clauses: list[Clause]) -> bool:
        """Whether a day that is closed was also given hours by its own name."""
        return any(len(weekdays_of(clause)) <= 2 and day in weekdays_of(clause) for clause in clauses)

    def _course(self, clauses: list[Clause]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """The spans of a weekday that are open for sure, and those that are in doubt."""
        if not clauses:
            return (), ()
        first = weekdays_of(clauses[0]), [t.word for t in clauses[0].days]
        if all((weekdays_of(clause), [t.word for t in clause.days]) == first for clause in clauses):
            spans = sorted(t.span for clause in clauses for t in clause.spans if t.span)
            if any(b.start < a.end for a, b in pairwise(spans)) and len(clauses) > 1:
                several = {spans_of(clause) for clause in clauses}
                if len(several) > 1:
                    return agreeing(several)
            return merged(spans), ()
        return agreeing({spans_of(clause) for clause in clauses})

    def _weekday_rules(
        self,
        dates: tuple[Dates, ...],
        days: tuple[int, ...],
        course: tuple[tuple[Span, ...], tuple[Span, ...]],
    ) -> None:
        sure, doubtful = course
        on = Days(weekdays=() if len(days) == 7 else days, dates=dates)
        if sure or (dates and self.all_year):
            self.rules.append(Rule(on, sure))
        if doubtful:
            self.rules.append(Rule(on, doubtful, "unknown", adds=bool(sure)))
            clauses = [c for c in self.said.clauses if weekdays_of(c) & set(days)]
            self.doubtful += [(t.start, t.end) for clause in clauses for t in clause.spans]

    def _gaps(
        self,
        dates: tuple[Dates, ...],
        clauses: list[Clause],
        courses: dict[int, tuple[tuple[Span, ...], tuple[Span, ...]]],
    ) -> None:
        """Days that were left out as if by a slip: unknown rather than closed."""
        named = {
            day for clause in clauses for day in weekdays_of(clause, paired=self.paired)
        } | self.closed_weekdays
        if not named or any(not clause.days for clause in clauses):
            return
        known = ("weekdays", "weekend", "weekday_only", "holiday", "eve")
        if any(token.word not in known for clause in clauses for token in clause.days):
            return
        missing = ALL_DAYS - named
        slip = (
            # 周一至周四 …, 周五至周六 …: a week that begins on Sunday was meant
            missing == {6} and courses[4] == courses[5] != courses[3] and len(clauses) > 1
        ) or (missing and self.closed_weekdays)
        if slip:
            self.rules.append(Rule(Days(weekdays=tuple(sorted(missing)), dates=dates), state="unknown"))
            self.doubtful += [(t.start, t.end) for clause in clauses for t in clause.days]

    def _by_kind(self, clause: Clause, dates: tuple[Dates, ...]) -> None:
        """工作日 goes by the calendar, and so does 平日 beside 假日."""
        if goes_by_calendar(clause, paired=self.paired):
            named = weekdays_of(clause, paired=True)
            # 周一至周四工作日 is some of the workdays; 工作日、周六 is all of them, and Saturday
            among = () if named & {5, 6} else tuple(sorted(named))
            self.rules.append(Rule(Days(weekdays=among, kind="workday", dates=dates), spans_of(clause)))

    def _special(self, clauses: list[Clause]) -> None:
        """Hours of rest days, holidays and their eves, and of days of the month."""
        named = {day for clause in clauses for day in weekdays_of(clause, paired=self.paired)}
        self._weekend_by_holidays(clauses)
        for clause in clauses:
            for token in clause.days:
                if token.word in ("restday", "statutory_restday"):
                    # beside hours for Saturday or Sunday by name, 例假日 means the others and the holidays
                    self._rest_days(clause, {5, 6} - named)
        for clause in clauses:
            for token in clause.days:
                if token.word in ("holiday", "loose_holiday"):
                    self.rules.append(Rule(Days(kind="holiday", dates=clause.dates), spans_of(clause)))
                elif token.word in ("nth", "date", "eve") and token.days:
                    if clause.dates:
                        self._unread([token])
                    self.rules.append(Rule(token.days, spans_of(clause)))
        self._holidays_by_weekend(clauses)
        self._closed_by_name(clauses)

    def _weekend_by_holidays(self, clauses: list[Clause]) -> None:
        """工作日…，节假日… without a word on weekends: they may be meant by 节假日."""
        named = {day for clause in clauses for day in weekdays_of(clause)} | self.closed_weekdays
        like = [clause for clause in clauses if any(t.word == "loose_holiday" for t in clause.days)]
        if like and not named & {5, 6} and not names_every_day(clauses):
            spans = merged(span for clause in like for span in spans_of(clause))
            self.rules.append(Rule(Days(weekdays=(5, 6)), spans, "unknown"))
            self.doubtful += [(token.start, token.end) for clause in like for token in clause.days]

    def _holidays_by_weekend(self, clauses: list[Clause]) -> None:
        """工作日…，周末… without a word on holidays: they may be meant by 周末."""
        named = {day for clause in clauses for day in weekdays_of(clause)} | self.closed_weekdays
        words = {token.word for clause in clauses for token in clause.days}
        words |= {token.word for token in (*self.said.closed, *self.said.including)}
        like = [clause for clause in clauses if weekdays_of(clause) & {5, 6}]
        if "workday" in words and named >= {5, 6} and like and not words & {*HOLIDAYS, "daily"}:
            spans = merged(span for clause in like for span in spans_of(clause))
            self.rules.append(Rule(Days(kind="holiday"), spans, "unknown"))
            self.stated = True

    def _rest_days(self, clause: Clause, weekend: set[int]) -> None:
        if weekend == {5, 6}:
            self.rules.append(Rule(Days(kind="restday", dates=clause.dates), spans_of(clause)))
            return
        if weekend:
            self.rules.append(Rule(Days(weekdays=tuple(weekend), dates=clause.dates), spans_of(clause)))
        self.rules.append(Rule(Days(kind="holiday", dates=clause.dates), spans_of(clause)))

    def _closed_by_name(self, clauses: list[Clause]) -> None:
        """周三不开放 beside hours that go by the calendar; on a holiday the two contradict each other."""
        by_calendar = [c for c in clauses if goes_by_calendar(c, paired=self.paired)]
        on_holidays = [c for c in clauses if any(t.word in HOLIDAYS for t in c.days)]
        closed = tuple(sorted(self.closed_weekdays))
        if not closed or not (by_calendar or on_holidays):
            return
        self.rules.append(Rule(Days(weekdays=closed), state="closed"))
        for clause in on_holidays:
            self.rules.append(
                Rule(Days(weekdays=closed, kind="holiday"), spans_of(clause), "unknown", adds=True)
            )

    def _including(self) -> None:
        """周二至周日(含国定假日): these days' hours hold on holidays too; of Mondays it is not said."""
        if names_every_day(self.said.clauses):
            return
        named = {day for clause in self.said.clauses for day in weekdays_of(clause)}
        if unnamed := tuple(sorted(ALL_DAYS - named)):
            spans = merged(span for clause in self.said.clauses for span in spans_of(clause))
            self.rules.append(Rule(Days(weekdays=unnamed, kind="holiday"), spans, "unknown", adds=True))

    def _cuts(self) -> None:
        for cut in self.said.cuts:
            self.rules.append(Rule(Days(), (cut.span,), "closed" if cut.sure else "perhaps"))
            if not cut.sure:
                self.doubtful.append((cut.start, cut.end))

    def _closed(self, holidays: bool) -> bool:
        """Adds the rules of closed days; whether the rules now speak for public holidays."""
        said = self.said
        holidays = holidays or any(token.word in HOLIDAYS for clause in said.clauses for token in clause.days)
        named = {day for clause in said.clauses for day in weekdays_of(clause)}
        open_weekend = tuple(sorted((named - self.closed_weekdays) & {5, 6}))
        without_holidays = any(token.word in HOLIDAYS for token in said.closed)
        for token in said.closed:
            if token.days is None or is_weekdays(token):
                continue
            if token.word == "daily":
                self._unread([token])
            elif token.word == "statutory_restday" and named:
                self.rules.append(Rule(Days(kind="holiday"), state="closed"))
            elif token.word in ("restday", "statutory_restday"):
                # beside hours for Saturday by name, 例假日 can hardly mean the weekend
                which: Kind = "holiday" if named or {5, 6} <= self.closed_weekdays else "restday"
                self.rules.append(Rule(Days(kind=which), state="closed"))
                if open_weekend:
                    self.rules.append(Rule(Days(weekdays=open_weekend), state="perhaps"))
                    self.doubtful.append((token.start, token.end))
            elif token.word in ("spring", "folk"):
                self._folk(token)
            elif token.word == "some_holiday":
                if not without_holidays:
                    self.rules.append(Rule(Days(kind="holiday"), state="perhaps"))
                    self.doubtful += [(token.start, token.end)] if holidays else []
            else:
                self.rules.append(Rule(token.days, state="closed"))
        return holidays or without_holidays

    def _folk(self, token: Token) -> None:
        """春节 is its first day for sure; how many around it is not said.

        Official holidays have lain within the two days before and the seven behind it.
        """
        self.rules.append(Rule(Days(festival=("new_year", -2, 7)), state="perhaps"))
        self.doubtful.append((token.start, token.end))
        names: tuple[Festival, ...] = ("new_year",)
        if token.word == "folk":
            # and days off in lieu of them
            self.rules.append(Rule(Days(kind="holiday"), state="perhaps"))
            names = ("new_year", "qingming", "dragon_boat", "mid_autumn")
        self.rules += [Rule(Days(festival=(name, 0, 0)), state="closed") for name in names]
