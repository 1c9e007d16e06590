from datetime import UTC, datetime, timedelta

from priorbus.fhir_pas.domain.resources import next_version, stored_form

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
PATIENT = {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": "1"}, {"value": "2"}]}


def test_the_first_version() -> None:
    first = next_version(None, PATIENT, "ehr1", NOW)
    assert (first.type, first.id, first.version_id, first.client) == ("Patient", "p", 1, "ehr1")
    assert first.identifiers == ("urn:x|1", "|2")


def test_the_same_content_in_another_order_is_no_new_version() -> None:
    first = next_version(None, PATIENT, "ehr1", NOW)
    assert next_version(first, dict(reversed(PATIENT.items())), "ehr1", LATER) is first


def test_changed_content_is_the_next_version_of_the_same_creation() -> None:
    first = next_version(None, PATIENT, "ehr1", NOW)
    second = next_version(first, {**PATIENT, "gender": "female"}, "ehr1", LATER)
    assert (second.version_id, second.created_at, second.last_updated) == (2, NOW, LATER)


def test_the_stored_form_has_the_servers_meta_beside_the_clients() -> None:
    tagged = {**PATIENT, "meta": {"profile": ["urn:own"], "tag": [{"code": "t"}]}}
    meta = stored_form(next_version(None, tagged, "ehr1", NOW), profile="urn:role")["meta"]
    assert (meta["profile"], meta["tag"], meta["versionId"]) == (["urn:own"], [{"code": "t"}], "1")
    assert meta["lastUpdated"] == meta["extension"][0]["valueInstant"] == "2026-01-05T09:00:00.000000Z"


def test_without_a_profile_the_role_gives_one() -> None:
    assert stored_form(next_version(None, PATIENT, "ehr1", NOW), profile="urn:role")["meta"]["profile"] == ["urn:role"]
