"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-requestor."""

from priorbus.fhir_pas.domain.profile.row import EARLIER, ONLY_2_2, Row

ROWS = (
    Row("identifier", "0..*", profile="profile-identifier"),
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
    Row(
        "identifier:CLIA",
        "0..*",
        pattern={"system": "urn:oid:2.16.840.1.113883.4.7"},
        profile="profile-identifier",
        where=("", {"system": "urn:oid:2.16.840.1.113883.4.7"}),
        releases=ONLY_2_2,
    ),
    Row(
        "identifier:CLIA",
        "0..1",
        pattern={"system": "urn:oid:2.16.840.1.113883.4.7"},
        profile="profile-identifier",
        where=("", {"system": "urn:oid:2.16.840.1.113883.4.7"}),
        releases=EARLIER,
    ),
    Row(
        "identifier:NAIC",
        "0..*",
        pattern={"system": "urn:oid:2.16.840.1.113883.6.300"},
        profile="profile-identifier",
        where=("", {"system": "urn:oid:2.16.840.1.113883.6.300"}),
        releases=ONLY_2_2,
    ),
    Row(
        "identifier:TIN",
        "0..1",
        pattern={"system": "http://terminology.hl7.org/NamingSystem/USEIN"},
        where=("", {"system": "http://terminology.hl7.org/NamingSystem/USEIN"}),
    ),
    Row(
        "identifier:PI",
        "0..1",
        pattern={"type": {"coding": [{"system": "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType", "code": "payerid"}]}},
        where=("", {"type": {"coding": [{"system": "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType", "code": "payerid"}]}}),
        releases=ONLY_2_2,
    ),
    Row("active", "1..1", pattern=True, by="V-4", releases=ONLY_2_2),
    Row("active", "1..1", by="V-4", releases=EARLIER),
    Row("name", "1..1", by="V-4"),
    Row("address.line", "0..4"),
    Row("identifier:TIN.system", "1..1", releases=EARLIER),
)
