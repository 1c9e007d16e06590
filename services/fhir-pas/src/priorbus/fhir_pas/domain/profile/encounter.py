"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-encounter (fhir-pas.md 6.4)."""

from priorbus.fhir_pas.domain.profile.checks import equal, present
from priorbus.fhir_pas.domain.profile.table import Rule

RULES = (
    Rule("V-7", "", equal("status", expected="planned"), "E W", "value", "Encounter is planned"),
    Rule("V-7", "", present("type"), "E W", "required", "Encounter needs a type"),
)
