import json
from typing import Any

from priorbus.contracts.commands.fhir_pas import ChangeTenantSettings

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
