"""Tokens → clauses: which days with which spans, what is closed, and what was not understood."""

from __future__ import annotations

from geoapi.hours.chinese import words
from geoapi.hours.chinese.attendance import Attendance
from geoapi.hours.chinese.letters import is_traditional
from geoapi.hours.chinese.said import HOLIDAYS, Clause, Cut, Sentences
from geoapi.hours.chinese.scan import T, Token
from geoapi.hours.rules import DAY, Dates, Days, Span, merged

_OFFICE = ("上班", "办公", "营业", "门诊")


def sentences(original: str, text: str, found: list[Token]) -> Sentences:
    """What the tokens of `text`, the `original` in plain letters, say."""
    reader = _Reader(text, _with_runs(found), is_traditional(original))
    reader.read()
    return reader.said


def _with_runs(found: list[Token]) -> list[Token]:
    """The tokens with every unread run, and the mere words within it, made one token."""
    out: list[Token] = []
    at = 0
    while at < len(found):
        end = at
        while end < len(found) and found[end].kind in (T.UNREAD, T.NOISE, T.ACCESS):
            end += 1
        run = found[at:end]
        if any(token.kind is T.UNREAD for token in run):
            out.append(Token(T.UNREAD, run[0].start, run[-1].end))
            at = end
        elif run:
            out += run
            at = end
        else:
            out.append(found[at])
            at += 1
    return out


def _last(kinds: list[T]) -> list[T | None]:
    """For each token the kind of the last before it, brackets, seasons and mere words left out."""
    out: list[T | None] = []
    last = None
    for kind in kinds:
        out.append(last)
        if kind not in (T.OPEN, T.SHUT, T.NOISE, T.SEASON):
            last = kind
    return out


class _Reader:
    """Walks over the tokens once; its state is what has been named and not yet used."""

    def __init__(self, text: str, found: list[Token], traditional: bool) -> None:
        self.text = text
        self.traditional = traditional
        self.including = False
        self.days_follow = False
        """Whether days stand in brackets behind their hours."""
        self.closed_last = False
        """Whether the last thing said was that some days are closed."""
        self.tokens = found
        kinds = [token.kind for token in found]
        self.before, self.behind = _last(kinds), _last(kinds[::-1])[::-1]
        self.said = Sentences()
        self.pending: list[Token] = []
        self.outer: list[list[Token]] = []
        self.clause: Clause | None = None
        self.closing: Token | None = None
        self.closing_used = False
        self.just_spanned = False
        self.dates: tuple[Dates, ...] = ()
        self.broke = False
        self.labels = 0
        self.attendance = Attendance(self.said)

    def read(self) -> None:
        for at, token in enumerate(self.tokens):
            self._take(at, token)
        self._end_closing()
        while self.outer:
            self._shut()
        self._drop_pending()
        self.attendance.settle()

    def _take(self, at: int, token: Token) -> None:
        if self.attendance.takes(token):
            return
        match token.kind:
            case T.DAYS:
                self._days(token)
            case T.SPAN | T.ALL_DAY:
                self._span(at, token)
            case T.CLOSED | T.REST | T.NOT_PUBLIC:
                self._closed(at, token)
            case T.EXCEPT:
                self._end_closing()
                self.closing, self.closing_used = token, False
            case T.OUTSIDE:
                if self.closing and self.closing_used:
                    self._end_closing()
                else:
                    self._doubt(token)
            case T.INCLUDING:
                self.including = True
            case T.OPEN:
                self.outer.append(self.pending)
                self.pending = []
            case T.SHUT:
                self._shut()
            case T.BREAK:
                self._end_closing()
                self.just_spanned = False
                self.broke = True
            case T.MONTHS:
                self._months(at, token)
            case T.SEASON:
                if T.MONTHS not in (self.before[at], self.behind[at]):
                    self._doubt(token)
            case T.NO_REST | T.AS_USUAL:
                self._as_usual(token)
            case T.OTHERWISE:
                self.attendance.otherwise = token
            case T.STAFFED:
                self._staffed(token)
            case T.NOISE:
                if "诊" in token.word and any(day.word == "daily" for day in self.pending):
                    self._doubt(token)  # 每日门诊时间: on days with a clinic
            case T.ACCESS | T.ENTRY:
                self.said.access.append((token.start, token.end))
                if at + 1 < len(self.tokens) and self.tokens[at + 1].word in ("白天", "日间"):
                    self._doubt(token)  # 只限白天
                if token.kind is T.ENTRY and self._within_all_day(at):
                    self._staffed(token)  # 24小时开放，22:00-6:00扫码进入
            case T.UNREAD:
                self._note(at, token)
        if token.kind not in (T.NOISE, T.SPAN, T.ALL_DAY, T.COMMA, T.OPEN, T.SEASON):
            self.just_spanned = False

    def _as_usual(self, token: Token) -> None:
        """无休, or 照常 behind days: these are open too."""
        if not self.pending:
            self.said.no_rest |= token.kind is T.NO_REST
            return
        pending, self.pending = self.pending, []
        bare = self.clause is not None and not self.clause.days
        if any(day.word not in (*HOLIDAYS, "weekend", "weekdays") for day in pending):
            self.said.no_rest = True
            self.pending = pending  # 每天无休8:00-20:00
        elif all(day.word in HOLIDAYS for day in pending):
            self.said.including += pending
        elif bare and self.clause and any(day.word in HOLIDAYS for day in pending):
            self.clause.days = [token._replace(kind=T.DAYS, days=Days(), word="daily")]  # 周末及节假日不休
        else:
            for day in pending:
                self._doubt(day)

    def _within_all_day(self, at: int) -> bool:
        """Whether the token stands right behind hours that lie within 24小时."""
        spans = self.clause.spans if self.clause else []
        if not spans or self.tokens[at - 1] != spans[-1]:
            return False
        return any(token.span == Span(0, DAY) for token in spans[:-1])

    def _staffed(self, token: Token) -> None:
        """9:00-17:00有人值守, or 值守时间：9:00-17:00."""
        self.said.access.append((token.start, token.end))
        label = token.word.endswith(("时间", "时段")) or self.text[token.end : token.end + 1] == ":"
        if self.clause is None or label:
            self.attendance.follows = True
        else:
            self.clause = self.attendance.mark(self.clause)

    def _doubt(self, token: Token) -> None:
        self.said.unread.append((token.start, token.end))

    def _days(self, token: Token) -> None:
        if not self.said.clauses and self.text.startswith("休息日", token.start):
            self._doubt(token)  # are these the days, or is it closed on them?
        if self.closing:
            self.pending, outside = [token], self.pending
            self._close(self.closing)
            self.pending = outside
            self.closing_used = True
            return
        if token.word == "weekend_off":
            self.said.closed.append(token)
            return
        if self.pending and self.broke:
            self._drop_pending()
        if self.pending and self._forgets_to(self.pending[-1], token):
            self._doubt(token)
        self.broke = False
        self.pending.append(token)

    def _forgets_to(self, last: Token, token: Token) -> bool:
        """周一 周五: two days, or was 至 forgotten?"""
        both = (last.days and last.days.weekdays, token.days and token.days.weekdays)
        return both in (((0,), (4,)), ((0,), (6,))) and self.text[last.end : token.start].isspace()

    def _span(self, at: int, token: Token) -> None:
        in_doubt = False
        if token.kind is T.ALL_DAY:
            if self._following(at) in (T.SPAN, T.CLOSED, T.NOT_PUBLIC):
                return
            if self.just_spanned and self.clause and self.clause.spans[-1].span == Span(0, DAY):
                return  # 24小时全天开放
            in_doubt = is_doubtful_all_day(token.word, self.traditional) or self._behind_office_hours(at)
            token = token._replace(kind=T.SPAN, span=Span(0, DAY))
        if self.closing:
            self._closing_span(token)
            return
        self.broke = self.closed_last = False
        if self.pending:
            days, self.pending = self.pending, []
            self._begin(days, token, in_doubt)
        elif self.outer and self.outer[-1]:
            days, self.outer[-1] = self.outer[-1], []  # 周一至周五(09:00-17:00)
            self._begin(days, token, in_doubt)
        elif self.clause is None or self.days_follow:
            self._begin([], token, in_doubt)
        elif self.clause.dates != self.dates or self.attendance.follows or self.clause.staffed:
            self._begin(self.clause.days, token, in_doubt)  # 每天 3-10月9:00-18:00 11-2月9:00-17:00
        else:
            self.clause.spans.append(token)
            self.clause.in_doubt |= in_doubt
        self.just_spanned = True

    def _behind_office_hours(self, at: int) -> bool:
        """上班时间全天开放: all of the working day, not all of the day."""
        word = self.tokens[at - 1].word if at else ""
        return word in ("白天", "日间") or (word.startswith(_OFFICE) and word.endswith(("时间", "时段")))

    def _begin(self, days: list[Token], span: Token, in_doubt: bool) -> None:
        self.days_follow = False
        self.clause = Clause(days, [span], self.dates, in_doubt, self.attendance.follows)
        self.attendance.follows = False
        self.said.clauses.append(self.clause)

    def _following(self, at: int) -> T | None:
        """The kind of the next token that is more than a mere word."""
        at += 1
        while at < len(self.tokens) and self.tokens[at].kind is T.NOISE:
            at += 1
        return self.tokens[at].kind if at < len(self.tokens) else None

    def _closing_span(self, token: Token) -> None:
        """A span behind 休息时间: or the like."""
        closing = self.closing
        if (
            self.closing_used
            or closing is None
            or token.span is None
            or closing.kind is T.EXCEPT
            or closing.word.endswith("日")
        ):
            self._doubt(token)
            return
        sure = closing.kind is not T.REST
        self._cut(token, closing, sure)
        self.closing_used = True
        self.closing = None
        self.just_spanned = True

    def _cut(self, span: Token, word: Token, sure: bool) -> None:
        assert span.span is not None
        self.said.cuts.append(Cut(span.span, sure, min(span.start, word.start), max(span.end, word.end)))

    def _closed(self, at: int, token: Token) -> None:
        if self.closing:
            if self.closing_used:
                self.closing = None
        elif at and self.tokens[at - 1].kind is T.CLOSED and not self.pending:
            pass  # 休馆不开放
        elif self.pending:
            self._close(token)
        elif at and self.tokens[at - 1].kind is T.MONTHS:
            self.said.closed.append(self.tokens[at - 1])  # 7-8月休息
            self.dates = ()
        elif self.just_spanned and self._cuts_last_span(token):
            pass
        elif self.said.cuts and self._behind_cut(at):
            # 12:00-13:30午休时间不开放: the second word makes it sure
            cut = self.said.cuts[-1]
            self.said.cuts[-1] = cut._replace(sure=cut.sure or token.kind is T.CLOSED)
        elif token.kind is T.NOT_PUBLIC:
            if self.tokens[at - 1].kind is T.SPAN and self.tokens[at - 1].end == token.start:
                self._doubt(token)  # 9:00-17:00不对外开放: closed then, or open to some?
            self.said.access.append((token.start, token.end))
        elif "午" in token.word and self._following(at) not in (T.SPAN, T.DAYS):
            self.said.noon_rests.append(token)
        else:
            self.closing, self.closing_used = token, False

    def _close(self, word: Token) -> None:
        """The pending days are closed; unless they are what a closure leaves out: 周一闭馆，节假日除外."""
        excepted = word.kind is T.EXCEPT or "外" in word.word
        named = {n for day in self.pending if day.days for n in day.days.weekdays}
        kept = []
        for day in self.pending:
            if len(named) >= 5 and day.word == "weekdays" and self.pending[-1].word in HOLIDAYS:
                kept.append(day)  # 周一至周五，节假日除外，9:00-17:00
            elif excepted and self.closed_last and day.word in HOLIDAYS:
                self._doubt(day)
            else:
                self.said.closed.append(day)
        self.pending = kept
        self.closed_last = True

    def _behind_cut(self, at: int) -> bool:
        while at > 0 and self.tokens[at - 1].kind is T.NOISE:
            at -= 1
        return at > 0 and self.tokens[at - 1].end == self.said.cuts[-1].end

    def _cuts_last_span(self, token: Token) -> bool:
        """Whether the span just read is one of closing, of hours read before: 12:00-13:00休息."""
        if self.clause is None or len(self.clause.spans) < 2:
            return False
        span = self.clause.spans[-1]
        others = [s.span for clause in self.said.clauses for s in clause.spans if s is not span and s.span]
        if span.span is None:
            return False
        start, end = span.span
        within = any(
            o.end - o.start == DAY or (o.start <= start + late and end + late <= o.end)
            for o in others
            for late in (0, DAY)
        )
        rest_of_day = [b - a for a, b in merged([*others, span.span])] == [DAY]  # 8:00-22:00，22:00-8:00关闭
        if not within and not (rest_of_day and token.kind is T.CLOSED):
            return False
        self.clause.spans.pop()
        self._cut(span, token, token.kind is not T.REST)
        return True

    def _end_closing(self) -> None:
        if self.closing and not self.closing_used:
            self._doubt(self.closing)
        self.closing = None

    def _shut(self) -> None:
        self._end_closing()
        inner, self.pending = self.pending, self.outer.pop() if self.outer else []
        if not inner:
            return
        if self.including:
            self.including = False
            target = self.pending or (self.clause.days if self.clause else [])
            if target and all(token.word in HOLIDAYS for token in inner):
                self.said.including += inner  # 周二至周日(含国定假日)
                return
        elif self.pending and all(token.word == "weekdays" for token in inner):
            # 平日(周一至周五): the bracket says which days are meant
            if all(token.word in ("weekday_only", "weekend", "restday") for token in self.pending):
                self.pending = inner
                return
            if all(token.word == "workday" for token in self.pending):
                self.pending += inner  # 工作日(周一至周五)
                return
        elif self.clause and not self.clause.days and not self.pending:
            self.clause.days = inner  # 09:00-17:00(周一至周五)
            self.days_follow = True
            return
        elif all(token.word == "workday" for token in inner) and all(
            token.word == "weekdays" for token in self.pending
        ):
            self.pending += inner  # 周一至周五(工作日)
            return
        for token in inner:
            self._doubt(token)

    def _drop_pending(self) -> None:
        """Days that no hours came for."""
        only = self.said.clauses[0] if len(self.said.clauses) == 1 else None
        if self.pending and only and not only.days:
            only.days = self.pending  # 09:00-17:00 周一至周五
        else:
            for token in self.pending:
                self._doubt(token)
        self.pending = []

    def _months(self, at: int, token: Token) -> None:
        assert token.days is not None
        if token.word == "date" or self.closing:
            self._days(token)
            return
        behind_hours = self.outer and self.just_spanned and self.clause and not self.clause.dates
        if behind_hours and self._following(at) is T.SHUT and not self.dates:
            assert self.clause is not None
            self.clause.dates = token.days.dates  # 9:00-18:00(3月至10月)
            return
        self.dates = token.days.dates

    def _is_attribute(self, at: int) -> bool:
        """Whether 24小时 stands before a word without a stop: 24小时便利店内."""
        while at > 0 and self.tokens[at - 1].end == self.tokens[at].start:
            at -= 1
            if self.tokens[at].kind not in (T.NOISE, T.ENTRY, T.STAFFED):
                return self.tokens[at].span == Span(0, DAY)
        return False

    def _note(self, at: int, token: Token) -> None:
        """Words nobody here knows: who may enter, a place, or something that may alter the hours."""
        run = self.text[token.start : token.end]
        if self._is_attribute(at) and not words.FACILITY.search(run):
            self._doubt(token)
            return
        before_hours = self._following(at) in (T.DAYS, T.SPAN, T.MONTHS, T.SEASON, T.NO_REST)
        label = words.NOISE_LABEL.sub("", run).rstrip(":")
        if words.MAY_BE_HOURS.search(label):
            self._doubt(token)
            return
        if before_hours:
            # the name of whom or what the hours are for: harmless while there is one, in front
            self.labels += 1
            if self.said.clauses or self.pending or self.labels > 1:
                self._doubt(token)
                return
        if words.RESTRICTS.search(run):
            self.said.access.append((token.start, token.end))
        elif words.PLACE.search(run) or words.WHO.search(run):
            self.said.notes.append((token.start, token.end))
        else:
            self._doubt(token)


def is_doubtful_all_day(word: str, traditional: bool) -> bool:
    """Whether a whole-day word may mean less than 24 hours.

    全天 does on the mainland; elsewhere it, and 全日 or 全天候 anywhere, may mean the
    whole working day of the building around.
    """
    return word != "全天" or traditional
