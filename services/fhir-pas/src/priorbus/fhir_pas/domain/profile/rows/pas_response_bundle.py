"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-pas-response-bundle."""

from priorbus.fhir_pas.domain.profile.row import EARLIER, ONLY_2_2, Row

ROWS = (
    Row("identifier", "1..1", releases=ONLY_2_2),
    Row("type", "1..1", fixed="collection"),
    Row("timestamp", "1..1"),
    Row("entry", "1..*"),
    Row("entry.fullUrl", "1..1"),
    Row("entry.resource", "1..1"),
    Row("entry.search", "0..0"),
    Row("entry.request", "0..0"),
    Row("entry.response", "0..0"),
    Row("entry:ClaimResponse", "1..1", where=("resource.resourceType", "ClaimResponse")),
    Row("entry:ClaimResponse.fullUrl", "1..1", releases=ONLY_2_2),
    Row("entry:ClaimResponse.resource", "1..1", profile="profile-claimresponse", releases=ONLY_2_2),
    Row("entry:ClaimResponse.resource", "0..1", profile="profile-claimresponse", releases=EARLIER),
    Row("entry:ClaimResponse.search", "0..0", releases=ONLY_2_2),
    Row("entry:ClaimResponse.request", "0..0", releases=ONLY_2_2),
    Row("entry:ClaimResponse.response", "0..0", releases=ONLY_2_2),
)
