"""For when a service is certified (fhir-pas.md 8.3)."""

from datetime import date, datetime, timedelta
from typing import Final

from priorbus.fhir_pas.domain.payer import Line
from priorbus.fhir_pas.domain.search_terms import date_start

_CERTIFIED_FOR: Final = timedelta(days=90)


def certified_period(line: Line | None, at: datetime) -> tuple[str | None, str | None]:
    """Start and end, of which one may be open: as requested, be it only a year, else 90 days from the day of issue."""
    if line is not None and (line.start or line.end):
        return line.start, line.end
    return at.date().isoformat(), (at + _CERTIFIED_FOR).date().isoformat()


def lasting(start: str | None, time: timedelta, at: datetime) -> tuple[str, str]:
    """A period of that length, from the day of issue where its start is open."""
    first = (date_start((start or "")[:10]) or at).date()
    return start or first.isoformat(), (min(first, date.max - time) + time).isoformat()
