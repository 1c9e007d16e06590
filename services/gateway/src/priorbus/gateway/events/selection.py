"""Which events somebody wants: by type and by subject (Conventions 11.1, 12)."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from priorbus.runtime.mongo.documents import Document

PATTERN = re.compile(r"\*|[a-z_]+\.(?:\*|[a-z_]+)")
"""An exact type, a prefix such as `authorization.*`, or everything."""
EVERYTHING = "*"


def matches(patterns: Collection[str], event_type: str) -> bool:
    """Whether one of the patterns names the (short) type."""
    return EVERYTHING in patterns or event_type in patterns or f"{event_type.partition('.')[0]}.*" in patterns


@dataclass(frozen=True, slots=True)
class Selection:
    """Events of any of the types, about one subject (`authorization/auth_123`) or about any."""

    types: tuple[str, ...] = ()
    subject: str | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self.subject is None and (not self.types or EVERYTHING in self.types)

    def admits(self, event_type: str, subject: str) -> bool:
        """Whether an event is wanted."""
        return (not self.types or matches(self.types, event_type)) and self.subject in (None, subject)

    def query(self) -> Document:
        """What a row of the log with at least one wanted event satisfies."""
        wanted: Document = {} if self.subject is None else {"subject": self.subject}
        if self.types and EVERYTHING not in self.types:
            wanted["types"] = {"$in": [_as_condition(pattern) for pattern in self.types]}
        return wanted


def _as_condition(pattern: str) -> str | re.Pattern[str]:
    return re.compile("^" + re.escape(pattern[:-1])) if pattern.endswith("*") else pattern
