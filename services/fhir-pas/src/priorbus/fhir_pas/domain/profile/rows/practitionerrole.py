"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-practitionerrole."""

from priorbus.fhir_pas.domain.profile.row import ONLY_2_2, Row

ROWS = (
    Row("practitioner", "1..1", targets=("profile-practitioner",), by="V-5"),
    Row("organization", "0..1", targets=("profile-organization",)),
    Row("telecom.system", "1..1", releases=ONLY_2_2),
    Row("telecom.value", "1..1", releases=ONLY_2_2),
)
