"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-identifier."""

from priorbus.fhir_pas.domain.profile.row import ONLY_2_2, PAS, Row

ROWS = (
    Row("extension:subDepartment", "0..1", url=PAS + "extension-identifierSubDepartment"),
    Row("extension:jurisdiction", "0..1", url=PAS + "extension-identifierJurisdiction"),
    Row("system", "1..1", releases=ONLY_2_2),
    Row("value", "1..1", releases=ONLY_2_2),
)
