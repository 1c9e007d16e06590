"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-location."""

from priorbus.fhir_pas.domain.profile.row import ONLY_2_2, Row

ROWS = (
    Row("status", "0..1", pattern="active", releases=ONLY_2_2),
    Row("name", "1..1"),
    Row("address", "1..1"),
)
