"""LinkIds: their form, and the canonical ones, which have one meaning and type in every template (authorizations.md 5.2)."""

import re
from dataclasses import dataclass
from typing import Final

from priorbus.contracts.templates import AnswerType

SEGMENT: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
TEMPLATE_PREFIX: Final = "q."
"""Starts linkIds that only one template knows."""
PAYER_GROUP: Final = "payer_requests"
"""The group of the items that payer requests add; no template may use its id."""
PAYER_PREFIX: Final = "payer"
"""First segment of the linkIds that payer requests add."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """What a canonical linkId stands for; `codes` are the options it may offer."""

    answer_type: AnswerType
    codes: frozenset[str] = frozenset()
    repeats: bool = False


def well_formed(link_id: str) -> bool:
    """True for segments joined by dots, none of them numeric."""
    return all(SEGMENT.fullmatch(segment) for segment in link_id.split("."))


def reserved_for_payers(link_id: str) -> bool:
    """True for linkIds and group ids that only payer requests may make."""
    return link_id.partition(".")[0] in (PAYER_PREFIX, PAYER_GROUP)


def response_link_id(number: int) -> str:
    """The linkId of the item that answers a payer request without documents (5.6.5)."""
    return f"{PAYER_PREFIX}.request{number}.response"


_TEXT: Final = Canonical("string")
_DATE: Final = Canonical("date")
_DECIMAL: Final = Canonical("decimal")
_BOOLEAN: Final = Canonical("boolean")
_GENDER: Final = Canonical("choice", frozenset({"male", "female", "other", "unknown"}))
_PERSON: Final = {
    **dict.fromkeys(("firstName", "middleName", "lastName", "phone"), _TEXT),
    **dict.fromkeys((f"address.{part}" for part in ("line1", "line2", "city", "state", "zip")), _TEXT),
    "dateOfBirth": _DATE,
    "gender": _GENDER,
}

CANONICAL: Final[dict[str, Canonical]] = {
    **{f"patient.{member}": canonical for member, canonical in _PERSON.items()},
    **{f"subscriber.{member}": canonical for member, canonical in _PERSON.items()},
    "patient.email": _TEXT,
    "patient.height.value": _DECIMAL,
    "patient.height.unit": Canonical("choice", frozenset({"in", "cm"})),
    "patient.weight.value": _DECIMAL,
    "patient.weight.unit": Canonical("choice", frozenset({"lb", "kg"})),
    "subscriber.isPatient": _BOOLEAN,
    "coverage.memberId": _TEXT,
    "coverage.groupNumber": _TEXT,
    "providers.prescribing.identifiers.npi": _TEXT,
    "service.code": _TEXT,
    "service.quantity": _DECIMAL,
    "service.startDate": _DATE,
    "service.endDate": _DATE,
    "request.isUrgent": _BOOLEAN,
    "request.urgencyReason": _TEXT,
    "diagnoses.code": Canonical("string", repeats=True),
    "diagnoses.qualifierCode": Canonical("choice", frozenset({"ABK", "ABF"}), repeats=True),
}
