"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-medicationrequest."""

from priorbus.fhir_pas.domain.profile.row import EARLIER, ONLY_2_2, Row

ROWS = (
    Row(
        "extension:medicationAdherence",
        "0..*",
        url="http://hl7.org/fhir/us/core/StructureDefinition/us-core-medication-adherence",
        releases=ONLY_2_2,
    ),
    Row("extension:coverage", "0..1", url="http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"),
    Row("status", "1..1", fixed="active", releases=ONLY_2_2),
    Row("intent", "1..1", fixed="order", by="V-7"),
    Row("category:us-core", "0..*", releases=ONLY_2_2),
    Row("reported[x]", "0..1", types=("Reference", "boolean")),
    Row("medication[x]", "1..1", types=("CodeableConcept", "Reference")),
    Row("subject", "1..1", targets=("profile-beneficiary",)),
    Row("dosageInstruction.timing", "0..1", profile="profile-datatype-timing"),
    Row("dosageInstruction.asNeeded[x]", "0..1", types=("CodeableConcept", "boolean")),
    Row("dosageInstruction.doseAndRate.dose[x]", "0..1", types=("Quantity", "Range")),
    Row("dosageInstruction.doseAndRate.rate[x]", "0..1", types=("Quantity", "Range", "Ratio")),
    Row("substitution.allowed[x]", "1..1", types=("CodeableConcept", "boolean")),
    Row("authoredOn", "1..1", releases=EARLIER),
    Row("requester", "1..1", releases=EARLIER),
)
