"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-documentreference (2.2.1 only)."""

from priorbus.fhir_pas.domain.profile.row import ONLY_2_2, Row

ROWS = (
    Row("type", "1..1", releases=ONLY_2_2),
    Row("category", "1..*", releases=ONLY_2_2),
    Row("category:uscore", "0..*", releases=ONLY_2_2),
    Row("subject", "1..1", releases=ONLY_2_2),
    Row("content.attachment.data", "1..1", by="V-6", releases=ONLY_2_2),
    Row("content.attachment.url", "0..0", by="V-6", releases=ONLY_2_2),
    Row("context.encounter", "0..1", releases=ONLY_2_2),
)
