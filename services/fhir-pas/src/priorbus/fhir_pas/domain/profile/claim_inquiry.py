"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-claim-inquiry (fhir-pas.md 6.3 and 13)."""

from priorbus.fhir_pas.domain.profile import claim
from priorbus.fhir_pas.domain.profile.checks import named, present
from priorbus.fhir_pas.domain.profile.row import EARLIER
from priorbus.fhir_pas.domain.profile.table import ONLY_2_2, Rule

_SHARED = ("C-2", "C-3", "C-4", "C-6", "C-7", "C-8", "C-9", "C-14", "C-15", "C-16", "C-17", "T-1", "T-3", "T-4", "D-2", "D-3")

RULES = (
    Rule("C-1", "", claim.identifiers(1, 1), "E W", "required", "Claim needs one identifier with system and value", ONLY_2_2),
    Rule("C-1", "", claim.identifiers(0, 1), "E W", "required", "Claim has at most one identifier, with system and value", EARLIER),
    *(rule for rule in claim.RULES if rule.id in _SHARED),
    Rule("C-10", "", claim.has_items, "E W", "required", "Claim needs items", EARLIER),
    Rule("C-11", "item", present("productOrService"), "E W", "required", "Item needs a service"),
    Rule("T-2", "item", claim.service, "E W", "code-invalid", "Service code"),
    Rule("Q-2", "", named("insurer"), "E W", "required", "Inquiry names the insurer"),
    Rule("Q-3", "", named("provider"), "E W", "required", "Inquiry names the provider"),
)
