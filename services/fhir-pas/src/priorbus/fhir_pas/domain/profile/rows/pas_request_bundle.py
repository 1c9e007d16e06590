"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-pas-request-bundle."""

from priorbus.fhir_pas.domain.profile.row import EARLIER, ONLY_2_2, Row

ROWS = (
    Row("identifier", "1..1", by="B-2"),
    Row("type", "1..1", pattern="collection", by="B-1"),
    Row("timestamp", "1..1", by="B-3"),
    Row("entry", "1..*", by="B-4"),
    Row("entry.fullUrl", "1..1", by="B-9"),
    Row("entry.resource", "1..1", by="B-5"),
    Row("entry.search", "0..0", by="B-15"),
    Row("entry.request", "0..0", by="B-15"),
    Row("entry.response", "0..0", by="B-15"),
    Row("entry:Claim", "1..2", where=("resource.resourceType", "Claim"), by="B-6", releases=ONLY_2_2),
    Row("entry:Claim", "1..1", where=("resource.resourceType", "Claim"), by="B-6", releases=EARLIER),
    Row("entry:Claim.fullUrl", "1..1", releases=ONLY_2_2),
    Row("entry:Claim.resource", "1..1", profile="profile-claim-update", by="B-5", releases=ONLY_2_2),
    Row("entry:Claim.resource", "0..1", profile="profile-claim-update", by="B-5", releases=EARLIER),
    Row("entry:Claim.search", "0..0", releases=ONLY_2_2),
    Row("entry:Claim.request", "0..0", releases=ONLY_2_2),
    Row("entry:Claim.response", "0..0", releases=ONLY_2_2),
)
