"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-documentreference (fhir-pas.md 6.4)."""

from priorbus.fhir_pas.domain.profile.checks import absent, present
from priorbus.fhir_pas.domain.profile.table import ONLY_2_2, Rule

RULES = (
    Rule("V-6", "content.attachment", present("data"), "E W", "required", "Attachment needs its data", ONLY_2_2),
    Rule("V-6", "content.attachment", absent("url"), "E W", "required", "Attachment has no url", ONLY_2_2),
)
