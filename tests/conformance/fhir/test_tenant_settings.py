"""Acceptance cases that need settings of a tenant: presets, rules, replays, unknown prior Claims, signatures (fhir-pas.md 26, 27)."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from priorbus.devstack.client import Client
from priorbus.devstack.pas import EXAMPLES, FHIR, PAS_2_2, Resource, actions, claim, request, resources, response, rules
from priorbus.devstack.stack import Stack

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")
LENIENT = 'pas.preset./pas/2.2/fhir="lenient"'
SUBMIT = f"{PAS_2_2}/Claim/$submit"
Tenant = Callable[..., Awaitable[Client]]


@pytest.fixture
async def tenant(stack: Stack) -> AsyncIterator[Tenant]:
    """Makes a tenant with settings of its own; its FHIR client."""
    async with AsyncExitStack() as clients:

        async def make(*values: str, rules_file: Path | None = None) -> Client:
            name = f"t_{secrets.token_hex(6)}"
            table = ["--rules", str(rules_file)] if rules_file else []
            settings = ["pas", "settings", "set", "--tenant", name, *(part for one in values for part in ("--value", one)), *table]
            token = ["fhir", "token", "--tenant", name, "--client", "ehr1"]
            made = await asyncio.to_thread(stack.priorbus_batch, ["tenants", "create", name], settings, token)
            return await clients.enter_async_context(Client(stack.base_url, made[2]["access_token"]))

        yield make


async def test_fhir_36_missing_entries_on_a_lenient_base(tenant: Tenant) -> None:
    """FHIR-36, with the tenant's preset"""
    answer = await (await tenant(LENIENT)).call("POST", SUBMIT, request("SUR"))
    assert answer.status == 200, answer.body
    assert int(answer.headers["X-Validation-Warnings"]) >= 2


async def test_fhir_47_override_of_one_rule(tenant: Tenant) -> None:
    """FHIR-47"""
    client = await tenant('pas.rule_overrides={"C-12":"warning"}')
    bundle = request("HC")
    for item in claim(bundle)["item"]:
        del item["locationCodeableConcept"]
    answer = await client.call("POST", SUBMIT, bundle)
    assert (answer.status, int(answer.headers["X-Validation-Warnings"]) >= 1) == (200, True)
    del bundle["timestamp"]
    assert rules((await client.call("POST", SUBMIT, bundle)).json) == ["B-3"]


async def test_fhir_66_no_replays(tenant: Tenant) -> None:
    """FHIR-66"""
    client = await tenant("pas.replay_window_hours=0")
    first, second = [await client.succeed("POST", SUBMIT, request("HC")) for _ in range(2)]
    tracking = [response(one.json)["identifier"][0]["value"] for one in (first, second)]
    assert len(set(tracking)) == 2
    assert "Idempotency-Replayed" not in second.headers


async def test_fhir_71_unknown_prior_is_an_error(tenant: Tenant) -> None:
    """FHIR-71, with unknown_prior error"""
    found = response((await (await tenant('pas.unknown_prior="error"')).succeed("POST", SUBMIT, request("HCU"))).json)
    assert (found["outcome"], found["error"][0]["code"]["coding"][0]["code"]) == ("error", "AA")


async def test_fhir_78_79_updates_on_a_lenient_base(tenant: Tenant) -> None:
    """FHIR-78 and FHIR-79, lenient"""
    client = await tenant(LENIENT)
    await client.succeed("POST", SUBMIT, request("HC"))
    without_item = request("HCU")
    claim(without_item)["item"].pop(1)
    after = response((await client.succeed("POST", SUBMIT, without_item)).json)
    assert actions(after) == {1: "A1", 2: "A1", 3: "A1"}

    other = await tenant(LENIENT)
    await other.succeed("POST", SUBMIT, request("HC"))
    bundle = request("HCU")
    bundle["entry"] = [one for one in bundle["entry"] if one["resource"]["resourceType"] != "Claim" or one is bundle["entry"][0]]
    assert actions(response((await other.succeed("POST", SUBMIT, bundle)).json)) == {1: "A1", 2: "C", 3: "A1"}


def attachment(tracking: Resource, member: str, content: Resource) -> Resource:
    values: dict[str, Resource] = {
        "TrackingId": {"valueIdentifier": tracking},
        "AttachTo": {"valueCode": "preauthorization"},
        "MemberId": {"valueIdentifier": {"value": member}},
        "OrganizationId": {"valueIdentifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "8189991234"}},
        "Attachment": {"part": [{"name": "Content", "resource": content}]},
    }
    return {"resourceType": "Parameters", "parameter": [{"name": name, **value} for name, value in values.items()]}


NOTE = {
    "resourceType": "DocumentReference",
    "status": "current",
    "content": [{"attachment": {"contentType": "text/plain", "data": "bm90ZQ=="}}],
}


async def test_fhir_119_another_member_on_a_lenient_base(tenant: Tenant) -> None:
    """FHIR-119, lenient"""
    client = await tenant(LENIENT)
    tracking = response((await client.succeed("POST", SUBMIT, request("HC"))).json)["identifier"][0]
    answer = await client.call("POST", f"{PAS_2_2}/$submit-attachment", attachment(tracking, "somebody-else", NOTE))
    assert answer.status == 200, answer.body
    assert [issue["severity"] for issue in answer.json["issue"]] == ["information", "warning"]


@pytest.mark.parametrize("base", [PAS_2_2, FHIR])
async def test_fhir_122_unsigned(tenant: Tenant, base: str) -> None:
    """FHIR-122"""
    client = await tenant('attachments.signatures="required"')
    tracking = claim(request("HC"))["identifier"][0]
    await client.succeed("POST", f"{base}/Claim/$submit", request("HC"))
    body = attachment({"system": tracking["system"], "value": tracking["value"]}, "12345678901", NOTE)
    body["parameter"].append({"name": "Final", "valueBoolean": True})
    answer = await client.call("POST", f"{base}/$submit-attachment", body)
    assert (answer.status, answer.error_code, answer.json["issue"][0]["code"]) == (400, "signature_invalid", "security")
    assert (await client.succeed("GET", f"{base}/DocumentReference")).json["total"] == 0


async def test_a_rule_table_of_its_own(tenant: Tenant, tmp_path: Path) -> None:
    """fhir-pas.md 23"""
    table = tmp_path / "rules.yaml"
    table.write_text("- match: {code: 'G01*'}\n  outcome: deny\n  note: Not here\n- match: {}\n  outcome: approve\n")
    found = response((await (await tenant(rules_file=table)).succeed("POST", SUBMIT, request("HC", {1: "G0151", 2: "PB002"}))).json)
    assert actions(found) == {1: "A3", 2: "A1"}
    assert found["processNote"][0]["text"] == "Not here"


async def test_without_tasks(tenant: Tenant) -> None:
    """fhir-pas.md 15: pas.emit_task"""
    bundle = (await (await tenant("pas.emit_task=false")).succeed("POST", SUBMIT, request("HC", {1: "PB006"}))).json
    assert (len(resources(bundle, "CommunicationRequest")), resources(bundle, "Task")) == (1, [])


async def test_tasks_in_inquiries(tenant: Tenant) -> None:
    """fhir-pas.md 13: inquire.include_tasks"""
    client = await tenant("inquire.include_tasks=true")
    await client.succeed("POST", SUBMIT, request("HC", {1: "PB006"}))
    inquiry = request("INQ")
    claim(inquiry).pop("item", None)
    (found,) = (await client.succeed("POST", f"{PAS_2_2}/Claim/$inquire", inquiry)).json["parameter"]
    assert [one["code"]["coding"][0]["code"] for one in resources(found["resource"], "Task")] == ["attachment-request-code"]
    assert resources(found["resource"], "CommunicationRequest") == []


async def test_limits_of_a_tenant(tenant: Tenant) -> None:
    """fhir-pas.md 26: fhir.items_max, fhir.attachments_max, fhir.attachment_max_bytes"""
    client = await tenant("fhir.items_max=1", "fhir.attachments_max=1", "fhir.attachment_max_bytes=1024")
    refused = await client.call("POST", SUBMIT, request("HC"))
    assert (refused.status, refused.json["issue"][0]["code"]) == (422, "too-costly")

    body = attachment({"system": "urn:example", "value": "unsolicited"}, "12345678901", NOTE)
    body["parameter"].append({"name": "Final", "valueBoolean": True})
    twice = {**body, "parameter": [*body["parameter"], body["parameter"][4]]}
    refused = await client.call("POST", f"{PAS_2_2}/$submit-attachment", twice)
    assert (refused.status, refused.json["issue"][0]["code"]) == (422, "too-costly")
    large = {**NOTE, "content": [{"attachment": {"contentType": "text/plain", "data": "bm90" * 500}}]}
    refused = await client.call("POST", f"{PAS_2_2}/$submit-attachment", attachment({"value": "unsolicited"}, "12345678901", large))
    assert (refused.status, refused.json["issue"][0]["code"]) == (413, "too-long")
    assert (await client.succeed("POST", f"{PAS_2_2}/$submit-attachment", body)).status == 200


async def test_the_default_insurer_of_a_tenant(tenant: Tenant) -> None:
    """fhir-pas.md 7: a lenient Claim without an insurer, and no payor that could be it"""
    client = await tenant(LENIENT, 'pas.default_insurer="urn:example:plans|plan-9"')
    bundle = request("HC")
    del claim(bundle)["insurer"]
    for coverage in resources(bundle, "Coverage"):
        coverage["payor"] = [{"display": "unknown"}]
    found = response((await client.succeed("POST", SUBMIT, bundle)).json)
    assert found["insurer"] == {"identifier": {"system": "urn:example:plans", "value": "plan-9"}}
