"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-nutritionorder."""

from priorbus.fhir_pas.domain.profile.row import Row

ROWS = (
    Row("extension:coverage", "0..1", url="http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"),
    Row("intent", "1..1", fixed="order", by="V-7"),
    Row("patient", "1..1", targets=("profile-beneficiary",)),
    Row("enteralFormula.administration.rate[x]", "0..1", types=("Quantity", "Ratio")),
)
