"""A search over one resource type: what a query string asks for (fhir-pas.md 18)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

Comparison = Literal["eq", "ge", "gt", "le", "lt"]
PARAMETERS: Mapping[str, frozenset[str]] = {
    "Claim": frozenset({"identifier", "patient", "use", "created"}),
    "ClaimResponse": frozenset({"request", "patient", "identifier", "outcome"}),
    "DocumentReference": frozenset({"patient", "subject", "identifier"}),
    "QuestionnaireResponse": frozenset({"patient", "subject", "identifier"}),
    "Coverage": frozenset({"patient", "subject", "identifier"}),
    "CommunicationRequest": frozenset({"patient", "subject", "identifier"}),
    "Task": frozenset({"patient", "subject", "identifier"}),
    "Patient": frozenset({"identifier"}),
    "Subscription": frozenset({"url", "status"}),
}
"""The parameters of each searchable type, beside `_id` and, but for Subscription, `_lastUpdated`."""
_SYSTEMS: Mapping[str, str] = {
    "use": "http://hl7.org/fhir/claim-use",
    "outcome": "http://hl7.org/fhir/remittance-outcome",
    "status": "http://hl7.org/fhir/subscription-status",
}
"""The systems of codes, which do not name it themselves."""
MOST, USUAL = 100, 20
_DATE = re.compile(r"(eq|ge|gt|le|lt)?(\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2}))?)?)?)")
_SECONDS = re.compile(r".{10}T\d{2}:\d{2}:")
_DIGITS_OF_YEAR, _DIGITS_OF_MONTH, _DIGITS_OF_DAY = 4, 7, 10


class BadSearch(ValueError):
    """A parameter can not be used; `code` is an OperationOutcome issue type, the text names the parameter."""

    def __init__(self, parameter: str, code: str = "invalid") -> None:
        super().__init__(f"parameter {parameter}")
        self.code = code


@dataclass(frozen=True, slots=True)
class DateRange:
    """One date criterion as instants, the end excluded; None is open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Search:
    """In `terms`, `ids` and dates each inner tuple is OR, all of them AND. `client` limits to what one client sent.

    `after` is where the last page ended, `cursor` the client's word for it.
    """

    terms: tuple[tuple[str, ...], ...] = ()
    ids: tuple[tuple[str, ...], ...] = ()
    updated: tuple[tuple[DateRange, ...], ...] = ()
    created: tuple[tuple[DateRange, ...], ...] = ()
    client: str | None = None
    after: tuple[datetime, str] | None = None
    cursor: str | None = None
    limit: int = USUAL
    used: tuple[tuple[str, str], ...] = field(default=())
    """The parameters that were understood, for the self link."""


def read_search(resource_type: str, parameters: Iterable[tuple[str, str]], client: str | None, *, strict: bool) -> Search:
    """The search in a query string; an unknown parameter is refused when `strict`, else left out. Raises BadSearch."""
    reading = _Reading(resource_type)
    for name, value in parameters:
        if not reading.take(name, value) and strict:
            raise BadSearch(name, "not-supported")
    return replace(reading.search, client=client)


class _Reading:
    """Takes one parameter after the other."""

    def __init__(self, resource_type: str) -> None:
        self.search = Search()
        self._known = PARAMETERS[resource_type] | ({"_lastUpdated"} if resource_type != "Subscription" else set())

    def take(self, name: str, value: str) -> bool:
        """Whether the parameter is known. Raises BadSearch."""
        if name == "_cursor":
            self.search = replace(self.search, cursor=value)
            return True
        change = self._change(name, value)
        if change is not None:
            self.search = replace(self.search, **change, used=(*self.search.used, (name, value)))
        return change is not None or name == "_format"

    def _change(self, name: str, value: str) -> dict[str, Any] | None:
        if name == "_count":
            return {"limit": _count(value)}
        if name == "_id":
            return {"ids": (*self.search.ids, tuple(value.split(",")))}
        if name not in self._known:
            return None
        if name == "_lastUpdated":
            return {"updated": (*self.search.updated, _ranges(name, value))}
        if name == "created":
            return {"created": (*self.search.created, _ranges(name, value))}
        return {"terms": (*self.search.terms, tuple(_term(name, one) for one in value.split(",")))}


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= MOST:
        raise BadSearch("_count")
    return int(value)


def _term(name: str, value: str) -> str:
    system, _, code = value.partition("|")
    value = code if code and _SYSTEMS.get(name) == system else value
    return f"{'patient' if name == 'subject' else name}={value}"


def _ranges(name: str, values: str) -> tuple[DateRange, ...]:
    return tuple(_range(name, value) for value in values.split(","))


def _range(name: str, value: str) -> DateRange:
    match = _DATE.fullmatch(value)
    if match is None:
        raise BadSearch(name)
    try:
        start, end = _span(match[2])
    except (ValueError, OverflowError):
        raise BadSearch(name) from None
    ranges: Mapping[str, DateRange] = {
        "eq": DateRange(start, end),
        "ge": DateRange(start, None),
        "gt": DateRange(end, None),
        "le": DateRange(None, end),
        "lt": DateRange(None, start),
    }
    return ranges[match[1] or "eq"]


def _span(text: str) -> tuple[datetime, datetime]:
    """First instant of a date, and the first after it."""
    if len(text) == _DIGITS_OF_YEAR:
        start = datetime(int(text), 1, 1, tzinfo=UTC)
        return start, start.replace(year=start.year + 1)
    if len(text) == _DIGITS_OF_MONTH:
        start = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
        return start, (start + timedelta(days=31)).replace(day=1)
    if len(text) == _DIGITS_OF_DAY:
        start = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        return start, start + timedelta(days=1)
    start = datetime.fromisoformat(text).astimezone(UTC)
    if "." in text:
        return start, start + timedelta(milliseconds=1)
    return start, start + (timedelta(seconds=1) if _SECONDS.match(text) else timedelta(minutes=1))
