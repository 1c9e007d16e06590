"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-encounter."""

from priorbus.fhir_pas.domain.profile.row import PAS, Row

ROWS = (
    Row("extension:patientStatus", "0..1", url=PAS + "extension-patientStatus"),
    Row("extension:nursingHomeResidentialStatus", "0..1", url=PAS + "extension-nursingHomeResidentialStatus"),
    Row("extension:nursingHomeResidentialStatus.extension", "0..0"),
    Row("extension:nursingHomeResidentialStatus.value[x]", "0..1", types=("CodeableConcept",)),
    Row("identifier.system", "1..1"),
    Row("identifier.value", "1..1"),
    Row("status", "1..1", fixed="planned", by="V-7"),
    Row("type", "1..*", by="V-7"),
    Row("subject", "1..1", targets=("profile-beneficiary",)),
)
