"""Who may want to know of a change."""

from typing import Any

from priorbus.fhir_pas.domain.codes import extension
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.structure.reopen import links_of
from priorbus.fhir_pas.domain.subscriptions.events import matches, parties_of


def scene(provider: dict[str, Any], *others: dict[str, Any], **claim: Any) -> Scene:
    resources = [
        {"resourceType": "Claim", "id": "c", "provider": {"reference": f"{provider['resourceType']}/p"}, **claim},
        provider,
        *others,
    ]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": f"https://x.test/{one['resourceType']}/{one['id']}", "resource": one} for one in resources],
    }
    keys = tuple(f"{one['resourceType']}/{one['id']}" for one in resources)
    return Scene("s", "a", "r", bundle, links_of(bundle), keys, PayerAnswer(), "https://pas.example.test", None)  # type: ignore[arg-type]


def identified(kind: str, id_: str, value: str, **members: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": id_, "identifier": [{"system": "urn:npi", "value": value}], **members}


def test_an_organization_is_known_by_value_and_by_system_and_value() -> None:
    found = parties_of(scene(identified("Organization", "p", "1")), ("urn:npi|9", "PLAIN"))
    assert set(found) == {"1", "urn:npi|1", "9", "urn:npi|9", "PLAIN"}


def test_a_role_stands_for_its_organization_and_practitioner() -> None:
    role = identified(
        "PractitionerRole", "p", "1", organization={"reference": "Organization/o"}, practitioner={"reference": "Practitioner/q"}
    )
    found = parties_of(scene(role, identified("Organization", "o", "2"), identified("Practitioner", "q", "3")), ())
    assert {"urn:npi|2", "urn:npi|3"} <= set(found)


def test_senders_are_known_by_the_codes_of_the_transmission() -> None:
    codes = [
        {"url": name, "valueString": name.upper()} for name in ("applicationSenderCode", "interchangeSenderID", "interchangeReceiverID")
    ]
    claim = {"extension": [{"url": extension("TransmissionIdentifiers"), "extension": codes}]}
    found = parties_of(scene({"resourceType": "Organization", "id": "p"}, **claim), ())
    assert set(found) == {"APPLICATIONSENDERCODE", "INTERCHANGESENDERID"}


def test_filters_are_and_values_are_or() -> None:
    parties = ("a", "b")
    assert matches((("x", "a"), ("b",)), parties)
    assert not matches((("x", "a"), ("c",)), parties)
