"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-devicerequest."""

from priorbus.fhir_pas.domain.profile.row import Row

ROWS = (
    Row("extension:coverage", "0..1", url="http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"),
    Row("intent", "1..1", fixed="order", by="V-7"),
    Row("code[x]", "1..1", types=("CodeableConcept",)),
    Row("parameter.value[x]", "0..1", types=("CodeableConcept", "Quantity", "Range", "boolean")),
    Row("subject", "1..1", targets=("profile-beneficiary",)),
    Row("occurrence[x]", "0..1", types=("Timing",), profile="profile-datatype-timing"),
)
