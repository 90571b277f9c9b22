"""What can go wrong, in words a caller can act on. Plain Python: nothing here knows HTTP.

GeoapiError
├── InvalidInput            the caller's value cannot be used
│   ├── InvalidPoint        not finite, outside the world, axes swapped
│   ├── UnknownCode         no such kind, amenity, district, datum …
│   ├── InvalidHours        hours, a time or a zone that cannot be read
│   ├── InvalidMapping      a mapping file that does not fit
│   ├── UnreadableFile      a file that cannot be read as what it says it is
│   └── BeyondHorizon       a time for which nothing has been worked out
├── NotFound                nothing has this id
├── NotSignedIn             nobody is signed in, or no longer
├── NotAllowed              the account may not do this here
├── TooManyTries            guesses or reports come too fast; wait
├── Conflict                the present state does not allow it
│   └── StaleVersion        somebody else changed it first; `extra` has what is and what differs
├── VersionNeeded           a change that does not say which version it was made of
├── LoadStopped             a load whose evidence speaks against it
├── SetupNeeded             PostgreSQL, PostGIS or a migration is missing
└── Unavailable             the database or a cluster cannot answer now; try again
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Words(NamedTuple):
    """One message in both languages: Chinese first, English second."""

    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        """The English text for any `lang` starting with "en", otherwise the Chinese."""
        return self.en if lang.lower().startswith("en") else self.zh

    def __str__(self) -> str:
        return self.en


class GeoapiError(Exception):
    """Base of every error of ours.

    `message` says what is wrong, `mend` what to do about it, `field` names the
    offending input (a parameter, a column, a setting), or is None. `extra` holds
    further facts for machines (JSON-ready values).
    """

    def __init__(
        self,
        message: Words,
        *,
        field: str | None = None,
        mend: Words | None = None,
        **extra: Any,
    ) -> None:
        self.message = message
        self.field = field
        self.mend = mend
        self.extra = extra
        super().__init__(message.en)

    def line(self, lang: str = "en") -> str:
        """One line for a terminal: field, message and mend."""
        parts = [f"{self.field}: " if self.field else "", self.message.in_language(lang)]
        if self.mend:
            parts.append(" — " + self.mend.in_language(lang))
        return "".join(parts)


class InvalidInput(GeoapiError):
    """A value from the caller that cannot be used."""


class InvalidPoint(InvalidInput):
    """A position that is not finite, outside ±180/±90, or looks swapped."""


class UnknownCode(InvalidInput):
    """A code that names nothing: `extra["near"]` lists the closest ones."""


class InvalidHours(InvalidInput):
    """Hours, a time or a time zone that cannot be read."""


class InvalidMapping(InvalidInput):
    """A mapping file that is malformed or does not fit the file it is used with."""


class UnreadableFile(InvalidInput):
    """A file that is missing, empty, damaged or not of the format it claims."""


class BeyondHorizon(InvalidInput):
    """A time before or after the days that have been worked out."""


class NotFound(GeoapiError):
    """Nothing has this id or code."""


class NotSignedIn(GeoapiError):
    """Nobody is signed in; or the session is over, revoked, or of a disabled account."""


class NotAllowed(GeoapiError):
    """Somebody is signed in, and may not do this to that."""


class TooManyTries(GeoapiError):
    """Too many tries in too short a time; `extra["retry_after_s"]` says when the next is heard."""


class Conflict(GeoapiError):
    """What is asked does not go with the present state."""


class StaleVersion(Conflict):
    """A change made of a version that is no longer the current one."""


class VersionNeeded(GeoapiError):
    """A change that does not say which version it was made of."""


class LoadStopped(GeoapiError):
    """A load stopped before it changed anything; `extra` holds the evidence."""


class SetupNeeded(GeoapiError):
    """Something the service needs on the machine is missing; `mend` says what to install."""


class Unavailable(GeoapiError):
    """The database, or a cluster, cannot answer just now; asking again soon may work."""
