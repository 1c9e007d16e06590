"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-practitionerrole (fhir-pas.md 6.4)."""

from collections.abc import Iterator

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.checks import present
from priorbus.fhir_pas.domain.profile.table import ONLY_2_2, Flaw, Rule


def _reachable(role: Resource) -> Iterator[Flaw]:
    if "telecom" not in role and "endpoint" not in role:
        yield "", "neither telecom nor endpoint"


RULES = (
    Rule("V-5", "", present("practitioner"), "E W", "required", "PractitionerRole needs a practitioner"),
    Rule("V-5", "", _reachable, "E W", "required", "PractitionerRole needs telecom or endpoint", ONLY_2_2),
)
