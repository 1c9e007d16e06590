"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-practitioner."""

from priorbus.fhir_pas.domain.profile.row import EARLIER, ONLY_2_2, Row

ROWS = (
    Row("identifier", "1..*", profile="profile-identifier"),
    Row(
        "identifier:NPI",
        "0..*",
        pattern={"system": "http://hl7.org/fhir/sid/us-npi"},
        profile="profile-identifier",
        where=("", {"system": "http://hl7.org/fhir/sid/us-npi"}),
        releases=ONLY_2_2,
    ),
    Row(
        "identifier:NPI",
        "0..1",
        pattern={"system": "http://hl7.org/fhir/sid/us-npi"},
        profile="profile-identifier",
        where=("", {"system": "http://hl7.org/fhir/sid/us-npi"}),
        releases=EARLIER,
    ),
    Row("name", "1..*"),
    Row("name.family", "1..1"),
    Row("address.line", "0..4", releases=ONLY_2_2),
)
