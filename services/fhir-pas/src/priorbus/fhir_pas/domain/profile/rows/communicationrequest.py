"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-communicationrequest."""

from priorbus.fhir_pas.domain.profile.row import EARLIER, ONLY_2_2, PAS, Row

ROWS = (
    Row("extension:serviceLineNumber", "0..1", url=PAS + "extension-serviceLineNumber", releases=ONLY_2_2),
    Row("identifier", "0..1", releases=ONLY_2_2),
    Row("status", "1..1", fixed="active"),
    Row("category", "0..1", releases=ONLY_2_2),
    Row("medium", "0..1", releases=ONLY_2_2),
    Row("payload", "0..1", releases=ONLY_2_2),
    Row("payload.extension:communicatedDiagnosis", "0..*", url=PAS + "extension-communicatedDiagnosis"),
    Row("payload.extension:contentModifier", "0..*", url=PAS + "extension-contentModifier"),
    Row("payload.content[x]", "1..1", types=("string",)),
    Row("occurrence[x]", "0..1", types=("Period", "dateTime")),
    Row("requester", "0..1", targets=("profile-insurer",)),
    Row("recipient", "0..*", targets=("profile-practitioner", "profile-organization")),
    Row("sender", "0..1", targets=("profile-requestor",)),
    Row("payload.extension:serviceLineNumber", "0..1", url=PAS + "extension-serviceLineNumber", releases=EARLIER),
)
