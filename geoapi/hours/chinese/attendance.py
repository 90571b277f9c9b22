"""Hours of somebody being there, and how one gets in at others: 9:00-17:00有人值守，其余时间扫码进入."""

from __future__ import annotations

from dataclasses import replace

from geoapi.hours.chinese.said import Clause, Sentences, is_always
from geoapi.hours.chinese.scan import T, Token
from geoapi.hours.rules import DAY, Span, merged

_BETWEEN = (T.NOISE, T.COMMA, T.ACCESS, T.OPEN)
"""What may stand between 其余时间 and what is then."""


class Attendance:
    """What a text says of somebody being there; `settle` tells what that makes of its clauses."""

    def __init__(self, said: Sentences) -> None:
        self.said = said
        self.follows = False
        """Whether the hours that follow are those of somebody being there."""
        self.otherwise: Token | None = None
        """其余时间, as long as it is not said what is then."""
        self._always: Token | None = None
        """其余时间扫码进入: one gets in at all hours."""

    def takes(self, token: Token) -> bool:
        """Whether the token says what is at other times: closed, or open to those who let themselves in."""
        otherwise = self.otherwise
        if otherwise is None or token.kind in _BETWEEN:
            return False
        closes = token.kind is T.CLOSED and "外" not in token.word
        if token.kind is T.ENTRY:
            self._always = otherwise._replace(end=token.end)
            self.said.access.append((otherwise.start, token.end))
        elif not self.said.clauses or not (closes or token.word.startswith("休息")):
            self._doubt(otherwise)
            self.otherwise = None
            return False
        self.otherwise = None
        return True

    def mark(self, clause: Clause) -> Clause:
        """The clause of the hours just read when somebody is there: all, or those behind 24小时."""
        behind = len(clause.spans)
        while behind and clause.spans[behind - 1].span != Span(0, DAY):
            behind -= 1
        if behind == 0:
            clause.staffed = True
        elif spans := clause.spans[behind:]:
            # 24小时开放（8:00-22:00有人值守）
            clause.spans = clause.spans[:behind]
            clause = Clause(clause.days, spans, clause.dates, staffed=True)
            self.said.clauses.append(clause)
        return clause

    def settle(self) -> None:
        """Hours of somebody being there say when it is open only together with how one gets in at others."""
        said = self.said
        if self.otherwise:
            self._doubt(self.otherwise)
        if self._always:
            self._open_always(self._always)
        staffed = [clause for clause in said.clauses if clause.staffed]
        if not staffed:
            return
        others = [clause for clause in said.clauses if not clause.staffed]
        if len(others) == 1 and is_always(others[0]):
            said.clauses = others
            said.access += [(token.start, token.end) for clause in staffed for token in clause.spans]
            return
        spans = [token for clause in said.clauses for token in clause.spans]
        whole = merged(token.span for token in spans if token.span)
        alike = all((c.days, c.dates) == (staffed[0].days, staffed[0].dates) for c in said.clauses)
        if others and alike and [end - start for start, end in whole] == [DAY]:
            # 8:00-20:00有人值守，20:00-8:00扫码进入
            said.clauses = [
                replace(staffed[0], spans=[spans[0]._replace(end=spans[-1].end, span=Span(0, DAY))])
            ]
            return
        for clause in staffed:
            for token in clause.spans:
                self._doubt(token)

    def _open_always(self, word: Token) -> None:
        said = self.said
        named = [token for clause in said.clauses for token in (*clause.days, *clause.spans)]
        if not named or said.closed or said.cuts or max(token.start for token in named) > word.end:
            self._doubt(word)
            return
        said.clauses = [Clause([], [word._replace(kind=T.SPAN, span=Span(0, DAY))])]

    def _doubt(self, token: Token) -> None:
        self.said.unread.append((token.start, token.end))
