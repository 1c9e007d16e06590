"""How long authorizations are kept, and what goes with them (fhir-pas.md 21)."""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.limits import LEAST_RETENTION_MONTHS
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.resources import StoredResource

TOUCHED_FOR: Final = timedelta(days=30)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_DECEMBER = 12


def of_use_until(bundle: Resource, answer: PayerAnswer, known: datetime) -> datetime:
    """The latest of: end of a service, of a stay, of a certification, and what was `known` before."""
    return max((known, *(found for text in _dates(bundle, answer) if (found := _end_of(text)) is not None)))


def is_over(of_use: datetime, months: int, now: datetime) -> bool:
    """Whether an authorization has been of no use for so long, at least for the least that is promised."""
    return of_use < months_before(now, max(months, LEAST_RETENTION_MONTHS))


def months_before(now: datetime, months: int) -> datetime:
    """The same time of an earlier month, or of its last day."""
    year, month = divmod(now.year * _DECEMBER + now.month - 1 - months, _DECEMBER)
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))


def touched(resource: StoredResource, now: datetime) -> StoredResource:
    """The same version, known to be in use; the same object while that was noted not long ago.

    So who comes to use an old resource writes it, and does not miss that it is being removed at that moment.
    """
    noted = max(resource.last_updated, resource.used_at or resource.last_updated)
    return resource if now - noted < TOUCHED_FOR else resource.model_copy(update={"used_at": now})


def document_ids(contents: Iterable[Resource], public_base: str) -> tuple[str, ...]:
    """The stored documents that resources name."""
    prefix = f"{public_base}/fhir/Binary/"
    return tuple(dict.fromkeys(text.removeprefix(prefix) for content in contents for text in _texts(content) if text.startswith(prefix)))


def attached(claim: Resource) -> Iterator[str]:
    """`Type/id` of what a stored Claim has been given as supporting information."""
    for one in claim.get("supportingInfo", ()):
        reference = one.get("valueReference", {}).get("reference")
        if isinstance(reference, str):
            yield reference


def _dates(bundle: Resource, answer: PayerAnswer) -> Iterator[str]:
    for decided in answer.items:
        yield from (text for text in (decided.start, decided.end) if text)
    claim = bundle["entry"][0]["resource"]
    timed = [(one, "serviced") for one in claim.get("item", ())] + [(one, "timing") for one in claim.get("supportingInfo", ())]
    for one, name in timed:
        yield from _moments(one.get(f"{name}Date"), one.get(f"{name}Period"))
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "Encounter":
            yield from _moments(None, entry["resource"].get("period"))


def _moments(day: Any, period: Any) -> Iterator[str]:
    given = [day, *((period.get("start"), period.get("end")) if isinstance(period, dict) else ())]
    yield from (text for text in given if isinstance(text, str))


def _end_of(text: str) -> datetime | None:
    """The end of the day, month or year that a FHIR date or dateTime names."""
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2] or _DECEMBER), int(found[3] or 0)
    try:
        last = date(year, month, day or monthrange(year, month)[1])
        return datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
    elif isinstance(node, str):
        yield node
