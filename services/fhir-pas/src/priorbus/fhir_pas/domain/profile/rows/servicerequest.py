"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-servicerequest."""

from priorbus.fhir_pas.domain.profile.row import EARLIER, ONLY_2_2, PAS, Row

ROWS = (
    Row("extension:serviceCodeEnd", "0..1", url=PAS + "extension-productOrServiceCodeEnd"),
    Row("extension:coverage", "0..1", url="http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"),
    Row("intent", "1..1", fixed="order", by="V-7"),
    Row("quantity[x]", "0..1", types=("Quantity",), profile="profile-quantity", releases=ONLY_2_2),
    Row("quantity[x]", "0..1", types=("Quantity",), releases=EARLIER),
    Row("subject", "1..1", targets=("profile-beneficiary",)),
    Row("occurrence[x]", "0..1", types=("Timing",), profile="profile-datatype-timing"),
    Row("asNeeded[x]", "0..1", types=("CodeableConcept", "boolean")),
)
