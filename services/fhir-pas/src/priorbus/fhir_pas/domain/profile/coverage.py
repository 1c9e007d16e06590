"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-coverage (fhir-pas.md 6.4)."""

from collections.abc import Iterator

from priorbus.fhir_pas.domain.codes import IDENTIFIER_TYPE, MEMBER_NUMBER
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.checks import count, has_code, present
from priorbus.fhir_pas.domain.profile.table import ONLY_2_2, Flaw, Rule

_SELF = "18"


def is_member_id(identifier: Resource) -> bool:
    """Whether an identifier is the payer's member number."""
    return has_code(identifier.get("type"), IDENTIFIER_TYPE, MEMBER_NUMBER)


def _member(coverage: Resource) -> Iterator[Flaw]:
    members = [identifier for identifier in coverage.get("identifier", ()) if is_member_id(identifier)]
    if len(members) != 1:
        yield ".identifier", f"{len(members)} member numbers, expected 1"
    yield from present("relationship")(coverage)
    yield from count("payor", 1, 1)(coverage)


def _subscriber(coverage: Resource) -> Iterator[Flaw]:
    codes = {coding.get("code") for coding in coverage.get("relationship", {}).get("coding", ())}
    if _SELF not in codes and "subscriber" not in coverage:
        yield ".subscriber", "subscriber is missing and the relationship is not 18"


RULES = (
    Rule("V-1", "", _member, "E W", "required", "Coverage needs a member number, a relationship and one payor", ONLY_2_2),
    Rule("V-2", "", _subscriber, "E W", "invariant", "Coverage needs a subscriber", ONLY_2_2),
)
