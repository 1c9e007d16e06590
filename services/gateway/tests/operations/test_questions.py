from typing import Any

from priorbus.devstack.client import AUTHORIZATIONS, Client

PREVIEW = f"{AUTHORIZATIONS}/auth_1/preview"
SEEN = {
    "authorization_version": 3,
    "requirements_version": 2,
    "state": "advance",
    "submittable": True,
    "issues": [],
    "questions": [{"link_id": "diagnoses.0.code", "enabled": True, "required": True, "answered": True, "blocking": False}],
    "documents": [],
}


async def caller(world: Any) -> Client:
    client: Client = await world.client(await world.key())
    return client


async def test_a_question_is_never_kept_for_later(world: Any, make_state: Any) -> None:
    await world.inside.commands._appliers["authorization"]({"authorization": make_state()})
    world.owner.reply = lambda _: {"result": SEEN}
    client = await caller(world)
    headers = {"Prefer": "respond-async"}
    answers = [await client.call("POST", PREVIEW, {}, key="one", headers=headers) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert "Idempotency-Replayed" not in answers[1].headers
    (first, second) = world.owner.seen
    assert (first.idempotency, second.idempotency) == (None, None)
    assert first.id != second.id
    assert await world.store.database["operations"].count_documents({}) == 0


async def test_an_owner_that_does_not_answer(world: Any) -> None:
    world.owner.pause()
    answer = await (await caller(world)).call("POST", PREVIEW)
    assert (answer.status, answer.error_code, answer.json["error"]["retryable"]) == (503, "service_unavailable", True)
    assert await world.store.database["operations"].count_documents({}) == 0


async def test_refusals_have_the_code_of_the_style(world: Any) -> None:
    world.owner.reply = lambda _: {"refusal": {"code": "authorization_not_found", "details": {}, "issues": []}}
    client = await caller(world)
    codes = [(await client.call("POST", path)).error_code for path in (PREVIEW, PREVIEW.replace("prior-auth/", "prior-"))]
    assert codes == ["authorization_not_found", "prior_authorization_not_found"]


async def test_the_form_of_the_key_is_checked_all_the_same(world: Any, make_state: Any) -> None:
    await world.inside.commands._appliers["authorization"]({"authorization": make_state()})
    answer = await (await caller(world)).call("POST", PREVIEW, {}, key="x" * 300)
    assert [issue["code"] for issue in answer.json["error"]["issues"]] == ["invalid_idempotency_key"]


async def test_the_sandbox_is_off_unless_it_is_switched_on(world: Any) -> None:
    off = await (await caller(world)).call("GET", "/v1/sandbox/scenarios")
    assert (off.status, off.error_code) == (404, "not_found")


async def test_the_sandbox_can_be_switched_on(make_world: Any) -> None:
    async with make_world(sandbox_payer=True) as world:
        assert (await (await caller(world)).call("GET", "/v1/sandbox/scenarios")).status == 200
