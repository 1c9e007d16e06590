"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-requestor and profile-insurer (fhir-pas.md 6.4)."""

from priorbus.fhir_pas.domain.profile.checks import equal, present
from priorbus.fhir_pas.domain.profile.row import EARLIER
from priorbus.fhir_pas.domain.profile.table import ONLY_2_2, Rule

RULES = (
    Rule("V-4", "", present("name"), "E W", "required", "Organization needs a name"),
    Rule("V-4", "", equal("active", expected=True), "E W", "value", "Organization is active", ONLY_2_2),
    Rule("V-4", "", present("active"), "E W", "required", "Organization says whether it is active", EARLIER),
)
