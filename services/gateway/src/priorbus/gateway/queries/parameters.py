"""Query parameters of lists: known ones only, each of its form (Conventions 2, authorizations.md 10.7)."""

import re
from collections.abc import Collection
from datetime import datetime

from priorbus.gateway.http.call import Call
from priorbus.gateway.http.problem import Problem, bad_request
from priorbus.gateway.presentation.moments import parse_moment

DEFAULT_LIMIT, MAX_LIMIT = 25, 100


class Parameters:
    """The query of one call. Every method raises 400 `bad_request` on a bad value."""

    def __init__(self, call: Call, known: Collection[str], *, prefixes: tuple[str, ...] = ()) -> None:
        self._call = call
        for name, _ in call.query:
            if name not in known and not (prefixes and name.startswith(prefixes)):
                raise bad_request("unknown_parameter", "This query parameter is unknown.", name[:80])

    def all(self, name: str) -> list[str]:
        """Every value of a repeatable parameter."""
        return [value for given, value in self._call.query if given == name]

    def one(self, name: str) -> str | None:
        """The value of a parameter that may be given once."""
        values = self.all(name)
        if len(values) > 1:
            raise _invalid(name)
        return values[0] if values else None

    def choices(self, name: str, allowed: Collection[str]) -> list[str]:
        """Values of an enumeration."""
        values = self.all(name)
        if any(value not in allowed for value in values):
            raise _invalid(name)
        return values

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """One value of an enumeration."""
        value = self.one(name)
        if value is not None and value not in allowed:
            raise _invalid(name)
        return value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str | None:
        """One value of a form, as a whole."""
        value = self.one(name)
        if value is not None and pattern.fullmatch(value) is None:
            raise _invalid(name)
        return value

    def moment(self, name: str) -> datetime | None:
        """An RFC 3339 timestamp; another offset than UTC is converted."""
        text = self.one(name)
        if text is None:
            return None
        try:
            return parse_moment(text)
        except ValueError:
            raise _invalid(name) from None

    def limit(self) -> int:
        """1 to 100, 25 by default."""
        text = self.one("limit")
        if text is None:
            return DEFAULT_LIMIT
        if not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_LIMIT)) or not 1 <= int(text) <= MAX_LIMIT:
            raise _invalid("limit")
        return int(text)


def _invalid(name: str) -> Problem:
    return bad_request("invalid_value", "The value of this query parameter is not allowed.", name)
