"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-subscriber."""

from priorbus.fhir_pas.domain.profile.row import ONLY_2_2, PAS, Row

ROWS = (
    Row("extension:race", "0..1", url="http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"),
    Row("extension:ethnicity", "0..1", url="http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity"),
    Row(
        "extension:tribalAffiliation",
        "0..*",
        url="http://hl7.org/fhir/us/core/StructureDefinition/us-core-tribal-affiliation",
        releases=ONLY_2_2,
    ),
    Row("extension:birthsex", "0..1", url="http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"),
    Row("extension:sex", "0..1", url="http://hl7.org/fhir/us/core/StructureDefinition/us-core-sex", releases=ONLY_2_2),
    Row(
        "extension:genderIdentity", "0..*", url="http://hl7.org/fhir/us/core/StructureDefinition/us-core-genderIdentity", releases=ONLY_2_2
    ),
    Row("extension:militaryStatus", "0..1", url=PAS + "extension-militaryStatus"),
    Row("identifier", "1..*", by="V-3"),
    Row("identifier.system", "1..1", by="V-3"),
    Row("identifier.value", "1..1", by="V-3"),
    Row("name", "1..*", by="V-3"),
    Row("telecom.system", "1..1"),
    Row("telecom.value", "1..1"),
    Row("gender", "1..1", by="V-3"),
    Row("deceased[x]", "0..1", types=("boolean", "dateTime")),
    Row("multipleBirth[x]", "0..1", types=("boolean", "integer")),
)
