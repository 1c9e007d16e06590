"""Who is told as insurer and requestor when a lenient request does not name them (fhir-pas.md 7)."""

import hashlib
import json
from typing import Any

from priorbus.contracts.commands.fhir_pas import ChangeTenantSettings, SubmitClaim

PLAN = {"identifier": {"system": "urn:example:plans", "value": "plan-9"}}
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
CLINIC = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}


def without(request: dict[str, Any], *names: str, payor: dict[str, Any] | None = None, code: str = "PB001") -> str:
    """The request with these elements of its Claim left out, and another payor of its Coverage."""
    claim, coverage = request["entry"][0]["resource"], request["entry"][2]["resource"]
    claim["item"][0]["productOrService"]["coding"][0]["code"] = code
    for name in names:
        del claim[name]
    claim.setdefault("provider", {"extension": [{"url": ABSENT, "valueCode": "unknown"}]})
    if payor is not None:
        coverage["payor"] = [payor]
    return json.dumps(request)


async def sent(service: Any, text: str) -> list[dict[str, Any]]:
    """The resources of the answer to a client with two registered identifiers."""
    raw = text.encode()
    digest, identifiers = hashlib.sha256(raw).hexdigest(), (f"{CLINIC['system']}|{CLINIC['value']}", "other")
    common: dict[str, Any] = {"base": "/fhir", "media_type": "application/fhir+json", "scopes": (), "body": text}
    handled = await service.send(SubmitClaim(**common, sha256=digest, size=len(raw), identifiers=identifiers))
    assert handled.result["status"] == 200, handled.result["body"]
    return [one["resource"] for one in json.loads(handled.result["body"])["entry"]]


async def told(service: Any, text: str) -> dict[str, Any]:
    return (await sent(service, text))[0]


async def default_insurer(service: Any, value: str | None) -> None:
    await service.send(ChangeTenantSettings(values={"pas.default_insurer": value}))


async def test_a_missing_insurer_is_the_payor_of_the_coverage(service: Any, own_request: dict[str, Any]) -> None:
    await default_insurer(service, "urn:example:plans|plan-1")
    assert (await told(service, without(own_request, "insurer")))["insurer"] == {"reference": "Organization/plan"}


async def test_a_payor_that_is_only_identified(service: Any, own_request: dict[str, Any]) -> None:
    await default_insurer(service, "urn:example:plans|plan-1")
    assert (await told(service, without(own_request, "insurer", payor=PLAN)))["insurer"] == PLAN


async def test_without_a_payor_the_tenants_default_insurer_is_told(service: Any, own_request: dict[str, Any]) -> None:
    await default_insurer(service, "urn:example:plans|plan-9")
    assert (await told(service, without(own_request, "insurer", payor={"display": "unknown"})))["insurer"] == PLAN


async def test_without_a_default_nobody_can_decide(service: Any, own_request: dict[str, Any]) -> None:
    answer = await told(service, without(own_request, "insurer", payor={"display": "unknown"}))
    assert "extension" in answer["insurer"]
    assert (answer["outcome"], answer["error"][0]["code"]["coding"][0]["code"]) == ("error", "T4")


async def test_a_later_default_does_not_change_what_was_answered(service: Any, own_request: dict[str, Any]) -> None:
    await default_insurer(service, "plan-9")
    text = without(own_request, "insurer", payor={"display": "unknown"})
    first = await told(service, text)
    await default_insurer(service, None)
    assert await told(service, text) == first
    assert first["insurer"] == {"identifier": {"value": "plan-9"}}


async def test_a_missing_provider_is_the_registered_client(service: Any, own_request: dict[str, Any]) -> None:
    assert (await told(service, without(own_request, "provider")))["requestor"] == {"identifier": CLINIC}


async def test_a_provider_of_whom_only_the_name_is_known(service: Any, own_request: dict[str, Any]) -> None:
    own_request["entry"][0]["resource"]["provider"] = {"display": "somebody else"}
    assert "requestor" not in await told(service, without(own_request))


async def test_who_is_named_is_told(service: Any, own_request: dict[str, Any]) -> None:
    await default_insurer(service, "plan-9")
    found = await told(service, without(own_request))
    assert (found["insurer"], found["requestor"]) == ({"reference": "Organization/plan"}, {"reference": "Organization/clinic"})


async def test_documents_are_asked_of_whom_the_registration_names(service: Any, own_request: dict[str, Any]) -> None:
    own_request["entry"] = [one for one in own_request["entry"] if one["resource"].get("id") != "clinic"]
    resources = await sent(service, without(own_request, "provider", code="PB006"))
    (asked,) = [one for one in resources if one["resourceType"] == "CommunicationRequest"]
    assert (asked["sender"], asked["recipient"]) == ({"identifier": CLINIC}, [{"identifier": CLINIC}])
