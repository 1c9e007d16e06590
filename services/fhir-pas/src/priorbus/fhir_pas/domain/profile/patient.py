"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-beneficiary (fhir-pas.md 6.4)."""

from collections.abc import Iterator

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.checks import full_date, present
from priorbus.fhir_pas.domain.profile.table import Flaw, Rule


def _identified(patient: Resource) -> Iterator[Flaw]:
    yield from present("identifier", "name", "gender")(patient)
    for position, identifier in enumerate(patient.get("identifier", ())):
        for step, diagnostics in present("system", "value")(identifier):
            yield f".identifier[{position}]{step}", diagnostics


RULES = (
    Rule("V-3", "", _identified, "E W", "required", "Patient needs identifier, name and gender"),
    Rule("V-3", "", full_date("birthDate"), "E W", "value", "Full date"),
)
