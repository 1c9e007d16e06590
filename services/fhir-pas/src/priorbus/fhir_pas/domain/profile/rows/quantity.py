"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-quantity (2.2.1 only)."""

from priorbus.fhir_pas.domain.profile.row import ONLY_2_2, Row

ROWS = (
    Row("value", "1..1", releases=ONLY_2_2),
    Row("comparator", "0..0", releases=ONLY_2_2),
)
