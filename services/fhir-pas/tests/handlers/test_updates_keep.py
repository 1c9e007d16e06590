"""What an update leaves out or leaves unchanged stays, and goes on (fhir-pas.md 12)."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.codes import extension
from priorbus.fhir_pas.domain.resources import next_version

Json = dict[str, Any]
TENANT, STRICT, EARLIER = "t_test", "/pas/2.2/fhir", "/pas/2.0/fhir"
TRACE = {"url": extension("itemTraceNumber"), "valueIdentifier": {"system": "urn:example:traces", "value": "trace-1"}}


@pytest.fixture
def homecare(example: Callable[[str], str]) -> Callable[..., Json]:
    """An official request, whose item 1 is decided three seconds after it came, unless it is left out."""

    def made(name: str, version: str = "2.2.1", *, without: int = 0) -> Json:
        bundle: Json = json.loads(example(f"ig-pas-{version}/Bundle-{name}BundleExample.json"))
        claim = bundle["entry"][0]["resource"]
        claim["item"] = [item for item in claim["item"] if item["sequence"] != without]
        for item in claim["item"]:
            if item["sequence"] == 1:
                item["productOrService"]["coding"][0]["code"] = "PB003"
                item["extension"] = [*(one for one in item.get("extension", ()) if one["url"] != TRACE["url"]), TRACE]
        return bundle

    return made


async def submitted(service: Any, bundle: Json, base: str) -> Json:
    handled = await service.submit(json.dumps(bundle), base=base)
    assert handled.result["status"] == 200, handled.result["body"]
    response: Json = json.loads(handled.result["body"])["entry"][0]["resource"]
    return response


def item(response: Json, sequence: int) -> tuple[str, list[Json]]:
    """The review action of an item, and its trace numbers."""
    found = next(one for one in response["item"] if one["itemSequence"] == sequence)
    (review,) = found["adjudication"][0]["extension"]
    action = review["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
    return action, [one for one in found.get("extension", ()) if one["url"] == TRACE["url"]]


async def present(service: Any) -> Json:
    """The ClaimResponse of the head."""
    (authorization,) = service.stage.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    stored = await service.stage.store.get(RESOURCES, TENANT, f"ClaimResponse/{authorization.claim_response_id}")
    response: Json = json.loads(stored.content)
    return response


async def test_a_pended_item_that_an_update_does_not_change_is_decided_in_time(service: Any, homecare: Any) -> None:
    await submitted(service, homecare("HomecareAuthorization"), STRICT)
    after = await submitted(service, homecare("HomecareAuthorizationUpdate"), STRICT)
    assert item(after, 1) == ("A4", [TRACE])
    assert service.waiting == [timedelta(seconds=3)]
    await service.fire()
    assert item(await present(service), 1) == ("A1", [TRACE])


async def test_a_pended_item_that_an_update_leaves_out_is_decided_in_time(service: Any, homecare: Any) -> None:
    await submitted(service, homecare("HomecareAuthorization", "2.0.1"), EARLIER)
    after = await submitted(service, homecare("HomecareAuthorizationUpdate", "2.0.1", without=1), EARLIER)
    assert item(after, 1) == ("A4", [TRACE])
    await service.fire()
    assert item(await present(service), 1) == ("A1", [TRACE])


async def test_what_an_update_leaves_out_is_part_of_the_next_snapshot(service: Any, homecare: Any) -> None:
    await submitted(service, homecare("HomecareAuthorization", "2.0.1"), EARLIER)
    update = homecare("HomecareAuthorizationUpdate", "2.0.1", without=1)
    await submitted(service, update, EARLIER)
    (authorization,) = service.stage.store.all(CLAIM_AUTHORIZATIONS, TENANT)
    head = await service.stage.store.get(SUBMISSIONS, TENANT, authorization.head)
    stored = await service.stage.store.get(RESOURCES, TENANT, head.keys[0])
    assert [one["sequence"] for one in json.loads(stored.content)["item"]] == [1, 2, 3]
    inquiry = json.loads(json.dumps(update))
    inquiry["entry"] = [one for one in update["entry"] if one["resource"]["resourceType"] != "Claim" or one is update["entry"][0]]
    claim = {name: value for name, value in update["entry"][0]["resource"].items() if name not in {"related", "item", "extension"}}
    asked = {
        "sequence": 1,
        "extension": [TRACE],
        "productOrService": homecare("HomecareAuthorization")["entry"][0]["resource"]["item"][0]["productOrService"],
    }
    inquiry["entry"][0] = {**inquiry["entry"][0], "resource": {**claim, "item": [asked]}}
    handled = await service.inquire(json.dumps(inquiry), base="/fhir")
    assert json.loads(handled.result["body"])["entry"][0]["resource"]["resourceType"] == "ClaimResponse"


async def test_documents_stay_with_the_claim_when_it_is_updated(service: Any, own_request: Json) -> None:
    """On `/fhir` the update is the next version of the same Claim."""
    await service.submit(json.dumps(own_request))
    key, store = "Claim/claim-1", service.stage.store
    claim = await store.get(RESOURCES, TENANT, key)
    document = {"sequence": 1, "category": {"text": "note"}, "valueReference": {"reference": "DocumentReference/d"}}
    content = {**json.loads(claim.content), "supportingInfo": [document]}
    await store.put(RESOURCES, TENANT, next_version(claim, content, claim.client, service.stage.clock()))
    cancel = {"coding": [{"system": "https://codesystem.x12.org/005010/1322", "code": "3"}]}
    own_request["entry"][0]["resource"]["item"][0]["extension"] = [{"url": extension("certificationType"), "valueCodeableConcept": cancel}]
    own = {"sequence": 1, "category": {"text": "note"}, "valueString": "the client's own first entry"}
    own_request["entry"][0]["resource"]["supportingInfo"] = [own]
    await service.submit(json.dumps(own_request))
    updated = await store.get(RESOURCES, TENANT, key)
    assert (updated.version_id, json.loads(updated.content)["supportingInfo"]) == (3, [own, {**document, "sequence": 2}])


@pytest.mark.parametrize(
    ("named", "status"), [("Claim/HomecareAuthorizationUpdateExample", 200), ("Claim/HomecareAuthorizationExample", 409)]
)
async def test_a_version_that_was_replaced_is_known_by_its_id_too(service: Any, homecare: Any, named: str, status: int) -> None:
    """On a lenient base, where the prior Claim need not be in the Bundle and is named by another base URL."""
    for name in ("HomecareAuthorization", "HomecareAuthorizationUpdate"):
        await submitted(service, homecare(name), "/fhir")
    update = homecare("HomecareAuthorizationUpdate")
    entry = update["entry"][0]
    claim = {
        **entry["resource"],
        "id": "third",
        "related": [{**entry["resource"]["related"][0], "claim": {"reference": f"https://other.example.test/{named}"}}],
    }
    first = {"fullUrl": "https://other.example.test/Claim/third", "resource": claim}
    others = [one for one in update["entry"] if one["resource"]["resourceType"] != "Claim"]
    handled = await service.submit(json.dumps({**update, "entry": [first, *others]}))
    assert handled.result["status"] == status, handled.result["body"]
