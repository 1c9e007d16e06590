"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-coverage."""

from priorbus.fhir_pas.domain.profile.row import EARLIER, ONLY_2_2, Row, concept

ROWS = (
    Row("identifier", "1..*", by="V-1", releases=ONLY_2_2),
    Row(
        "identifier:memberid",
        "1..1",
        where=("type", concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MB")),
        by="V-1",
        releases=ONLY_2_2,
    ),
    Row("identifier:memberid.type", "1..1", pattern=concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MB"), releases=ONLY_2_2),
    Row("status", "1..1", pattern="active"),
    Row("subscriber", "0..1", targets=("profile-subscriber",)),
    Row("beneficiary", "1..1", targets=("profile-beneficiary",)),
    Row("relationship", "1..1", by="V-1", releases=ONLY_2_2),
    Row("relationship.coding:X12Code", "0..1", where=("system", "https://codesystem.x12.org/005010/1069")),
    Row("payor", "1..1", targets=("profile-insurer",), by="V-1", releases=ONLY_2_2),
    Row("payor", "1..*", targets=("profile-insurer",), releases=EARLIER),
    Row("class:group", "0..1", where=("type", concept("http://terminology.hl7.org/CodeSystem/coverage-class", "group")), releases=ONLY_2_2),
    Row("class:group.type", "1..1", pattern=concept("http://terminology.hl7.org/CodeSystem/coverage-class", "group"), releases=ONLY_2_2),
    Row("class:plan", "0..1", where=("type", concept("http://terminology.hl7.org/CodeSystem/coverage-class", "plan")), releases=ONLY_2_2),
    Row("class:plan.type", "1..1", pattern=concept("http://terminology.hl7.org/CodeSystem/coverage-class", "plan"), releases=ONLY_2_2),
    Row("costToBeneficiary.value[x]", "1..1", types=("Money", "Quantity")),
)
