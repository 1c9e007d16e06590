import json
from typing import Any

from priorbus.contracts.commands.fhir_keeping import Restate
from priorbus.contracts.commands.fhir_pas import ChangeTenantSettings, SetPayerEndpoint
from priorbus.contracts.facts.fhir_pas import TenantSettingsChanged
from priorbus.fhir_pas.adapters.remote.endpoints import StoredEndpoints
from priorbus.fhir_pas.aggregates import TENANT_SETTINGS
from priorbus.fhir_pas.domain.tenant_settings import SETTINGS_KEY
from priorbus.fhir_pas.handlers.set_payer_endpoint import set_payer_endpoint
from priorbus.fhir_pas.restatement import RESTATEMENT

RULES = "- match: {code: '99213'}\n  outcome: deny\n  note: Not here\n"


async def status(service: Any, request: Any, base: str = "/fhir") -> int:
    handled = await service.submit(json.dumps(request), base=base)
    found: int = handled.reply.result["status"]
    return found


async def test_a_stricter_base_of_one_tenant(service: Any, own_request: dict[str, Any]) -> None:
    del own_request["timestamp"]
    assert await status(service, own_request) == 200
    await service.send(ChangeTenantSettings(values={"pas.preset./fhir": "strict"}))
    own_request["identifier"]["value"] = "other"
    assert await status(service, own_request) == 422
    handled = await service.submit(json.dumps(own_request), "t_other")
    assert handled.reply.result["status"] == 200


async def test_a_rule_of_one_tenant(service: Any, own_request: dict[str, Any]) -> None:
    await service.send(ChangeTenantSettings(values={"pas.rule_overrides": {"B-3": "error"}}))
    del own_request["timestamp"]
    assert await status(service, own_request) == 422


async def test_without_a_replay_window_each_request_is_a_new_one(service: Any, own_text: str) -> None:
    await service.send(ChangeTenantSettings(values={"pas.replay_window_hours": 0}))
    first, second = [json.loads((await service.submit(own_text)).result["body"])["entry"][0]["resource"]["id"] for _ in range(2)]
    assert first != second


async def test_what_is_not_possible_is_refused_and_changes_nothing(service: Any, own_text: str) -> None:
    handled = await service.send(ChangeTenantSettings(values={"pas.colour": "red"}))
    assert handled.refusal.code == "validation_failed"
    assert (await service.submit(own_text)).result["status"] == 200


async def test_a_smaller_body_and_another_extension_of_one_tenant(service: Any, own_request: dict[str, Any]) -> None:
    await service.send(ChangeTenantSettings(values={"fhir.created_at_extension_url": "urn:example:created"}))
    shown = json.loads((await service.submit(json.dumps(own_request))).result["body"])
    urls = {one["url"] for entry in shown["entry"] for one in entry["resource"]["meta"]["extension"]}
    assert urls == {"urn:example:created"}
    await service.send(ChangeTenantSettings(values={"fhir.body_max_bytes": 1024}))
    own_request["identifier"]["value"] = "other"
    assert await status(service, own_request) == 413
    handled = await service.inquire(json.dumps(own_request))
    assert handled.refusal.code == "payload_too_large"


async def test_a_tenant_goes_to_the_sandbox_for_a_while(service: Any) -> None:
    endpoint = SetPayerEndpoint(base_url="https://payer.example.test/fhir", token_url="https://payer.example.test/token", client_id="us")
    refused = await service.send(ChangeTenantSettings(values={"pas.connector": "fhir"}))
    assert refused.refusal.code == "validation_failed"
    endpoints = StoredEndpoints(service.stage.store)
    await service.stage.run(set_payer_endpoint, endpoint)
    for value, reached in (("fhir", True), ("sandbox", False), (None, True), ("sandbox", False)):
        await service.send(ChangeTenantSettings(values={"pas.connector": value}))
        assert (await endpoints.of("t_test") is not None) == reached
    await service.stage.run(set_payer_endpoint, endpoint)
    assert await endpoints.of("t_test") is None


async def test_others_are_told_of_a_changed_reply_deadline(service: Any) -> None:
    told = []
    for deadline in (5000, 5000, None):
        handled = await service.send(ChangeTenantSettings(values={"pas.reply_deadline_ms": deadline}))
        told.append([one.reply_deadline_ms for one in handled.published])
    assert told == [[5000], [], [None]]
    assert (await service.send(ChangeTenantSettings(values={"pas.emit_task": False}))).published == []


async def test_settings_are_said_again(service: Any) -> None:
    await service.send(ChangeTenantSettings(values={"pas.reply_deadline_ms": 5000}))
    command = Restate(collection=TENANT_SETTINGS.name, key=SETTINGS_KEY)
    handled = await service.stage.run(RESTATEMENT.subscription(), command)
    assert handled.published == [TenantSettingsChanged(reply_deadline_ms=5000)]
