import asyncio
from datetime import timedelta
from typing import Any

from priorbus.contracts.commands.requirements import CreateAuthorization, PatchAnswers
from priorbus.devstack.client import AUTHORIZATIONS, Client
from priorbus.gateway.operations.relay import OperationRelay

CASE = f"{AUTHORIZATIONS}/auth_1"
OVERDUE = timedelta(seconds=2)
PATCH = {"questionnaireResponse": {"item": [{"linkId": "patient.firstName", "answer": [{"valueString": "Ada"}]}]}}
CREATE = {
    "providerNpi": "1234567893",
    "templateSelection": {
        "payerId": "payer_a", "insuranceState": "CA", "serviceType": "outpatient", "serviceCode": "70553", "serviceCodeSystem": "cpt",
    },
    "policy": {"finalSubmission": "automatic"},
}  # fmt: skip
REFUSED = {"refusal": {"code": "version_conflict", "details": {"expectedVersion": 1, "actualVersion": 4}, "issues": []}}


async def patch(client: Client, **options: Any) -> Any:
    return await client.call("PATCH", f"{CASE}/answers", PATCH, if_match='"1"', **options)


async def patch_once_let(client: Client, **options: Any) -> Any:
    """The key of an operation is let go just after it is terminal."""
    async with asyncio.timeout(20):
        while (answer := await patch(client, **options)).status == 409 and answer.error_code == "idempotency_in_progress":
            await asyncio.sleep(0.01)
    return answer


async def test_a_write_answers_with_the_state_after_it(world: Any, make_state: Any) -> None:
    world.owner.reply = lambda _: {"result": {"authorization": make_state(version=2)}}
    client = await world.client(await world.key())
    answer = await patch(client)
    assert (answer.status, answer.etag) == (200, '"2"')
    assert (await client.call("GET", CASE)).body == answer.body
    (command,) = world.owner.seen
    message = PatchAnswers.model_validate(command.data)
    assert message.answers is not None
    assert (message.expected_version, message.answers.items[0].link_id, command.tenant) == (1, "patient.firstName", "t_one")
    assert command.request_id == answer.headers["X-Request-Id"]


async def test_a_refusal_is_shown_as_the_owner_said_it(world: Any) -> None:
    world.owner.reply = lambda _: REFUSED
    answer = await patch(await world.client(await world.key()))
    assert (answer.status, answer.error_code, answer.json["error"]["details"]) == (409, "version_conflict", REFUSED["refusal"]["details"])


async def test_schema_errors_travel_to_the_owner(world: Any) -> None:
    world.owner.reply = lambda _: REFUSED
    client = await world.client(await world.key())
    answer = await client.call("PATCH", f"{CASE}/answers", {"answers": {}}, if_match='"1"')
    assert answer.error_code == "version_conflict"
    refusal = PatchAnswers.model_validate(world.owner.seen[0].data).schema_refusal
    assert refusal is not None
    assert refusal.code == "bad_request"
    issues = [(issue.code, issue.field) for issue in refusal.issues]
    assert issues == [("unknown_property", "/answers"), ("missing", "/questionnaireResponse")]


async def test_create_answers_201_with_its_location(world: Any, make_state: Any) -> None:
    world.owner.reply = lambda envelope: {"result": {"authorization": make_state(id=envelope.data["authorization_id"])}}
    answer = await (await world.client(await world.key())).call("POST", AUTHORIZATIONS, CREATE)
    assert (answer.status, answer.headers["Location"], answer.etag) == (201, f"{AUTHORIZATIONS}/{answer.json['id']}", '"1"')
    case = CreateAuthorization.model_validate(world.owner.seen[0].data).case
    assert case is not None
    assert (case.policy, case.selection.state, case.answers) == ("automatic", "CA", None)


async def test_create_without_policy(world: Any) -> None:
    world.owner.reply = lambda envelope: {"refusal": envelope.data["schema_refusal"]}
    body = {name: value for name, value in CREATE.items() if name != "policy"}
    answer = await (await world.client(await world.key())).call("POST", AUTHORIZATIONS, body)
    assert (answer.status, answer.error_code) == (400, "final_submission_policy_required")


async def test_a_lasting_refusal_shows_in_the_next_read(world: Any) -> None:
    moment = "2026-03-04T05:06:07.089Z"
    file = {
        "id": "file_1", "tenant": "t_one", "version": 2, "status": "failed", "file_name": "a.pdf", "content_type": "application/pdf",
        "purpose": "authorization_attachment", "declared_size": None, "size_bytes": None, "checksum_sha256": None,
        "upload_expires_at": moment, "storage_key": "k", "failure": {"code": "file_empty", "message": "m"}, "scan": "not_scanned",
        "warnings": [], "created_at": moment, "completed_at": None,
    }  # fmt: skip
    world.owner.reply = lambda _: {"result": {"file": file}, "refusal": {"code": "file_empty"}}
    client = await world.client(await world.key())
    assert (await client.call("POST", "/v1/files/file_1/complete")).status == 422
    assert (await client.call("GET", "/v1/files/file_1")).json["failure"]["code"] == "file_empty"


async def test_a_replay_is_marked(world: Any, make_state: Any) -> None:
    world.owner.reply = lambda _: {"result": {"authorization": make_state(version=2)}, "replayed": True}
    client = await world.client(await world.key())
    answer = await patch(client, key='"k"')
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert (await client.call("GET", CASE)).json["version"] == 2
    assert world.owner.seen[0].idempotency.scope == "t_one|PATCH /v1/prior-auth/authorizations/{authorization_id}/answers|k"


async def given_case(world: Any, state: Any) -> None:
    await world.inside.commands._appliers["authorization"]({"authorization": state})


async def test_a_key_is_held_while_its_request_runs_and_let_go_after_a_failure(make_world: Any, make_state: Any) -> None:
    async with make_world(reply_deadline_ms=20_000) as world:
        await given_case(world, make_state())
        world.owner.reply = lambda _: REFUSED
        world.owner.pause()
        client = await world.client(await world.key())
        first = asyncio.create_task(client.call("PATCH", f"{CASE}/answers", PATCH, if_match='"1"', key="k", headers={"Prefer": "wait=1"}))
        await world.owner.arrived.wait()
        second = await patch(client, key="k")
        assert (second.status, second.error_code, second.headers["Retry-After"]) == (409, "idempotency_in_progress", "1")
        other = await client.call("PATCH", f"{CASE}/answers", {}, if_match='"1"', key="k")
        assert (other.status, other.error_code) == (409, "idempotency_key_reused")
        world.owner.resume()
        assert (await first).error_code == "version_conflict"
        assert (await patch(client, key="k")).error_code == "version_conflict"


async def test_a_key_is_held_as_long_as_its_operation_is_pending(world: Any) -> None:
    """Conventions 5.6: however long the pauses are after which the command is sent again."""
    world.owner.pause()
    client = await world.client(await world.key())
    accepted = await patch(client, key="k", headers={"Prefer": "respond-async"})
    operations = world.store.database["operations"]
    for _ in range(10):
        until = (await operations.find_one())["next_send_at"]
        world.clock.advance(until - world.clock())
        again = await patch(client, key="k")
        assert (again.error_code, again.json["error"]["details"]) == ("idempotency_in_progress", {"operationId": accepted.json["id"]})
        await relay_once(world)


async def test_an_unknown_case_is_told_before_a_used_key(world: Any, make_state: Any) -> None:
    """Conventions 4, steps 3 and 5."""
    world.owner.reply = lambda _: {"refusal": {"code": "idempotency_key_reused"}}
    client = await world.client(await world.key())
    assert (await patch(client, key="k")).error_code == "authorization_not_found"
    await given_case(world, make_state())
    assert (await patch(client, key="k")).error_code == "idempotency_key_reused"


async def test_an_unknown_case_is_told_at_once(world: Any) -> None:
    """Conventions 4, step 3, and 7.2: a 202 comes after step 4."""
    client = await world.client(await world.key())
    answer = await patch(client, headers={"Prefer": "respond-async"})
    assert (answer.status, answer.error_code, world.owner.seen) == (404, "authorization_not_found", [])


async def test_who_repeats_what_removed_the_addressed_is_not_told_that_it_is_unknown(world: Any, make_state: Any) -> None:
    """Conventions 5.3, 5.8"""
    await given_case(world, make_state())
    world.owner.reply = lambda _: {"result": {"authorization": make_state(version=2)}, "replayed": True}
    client = await world.client(await world.key())
    headers = {"Prefer": "respond-async"}
    accepted = await client.call("DELETE", f"{CASE}/attachments/att_gone", if_match='"1"', key="k", headers=headers)
    assert accepted.status == 202
    assert (await until_terminal(client, accepted.headers["Location"]))["status"] == "succeeded"


async def test_respond_async(world: Any, make_state: Any) -> None:
    world.owner.reply = lambda _: {"result": {"authorization": make_state(version=2)}}
    world.owner.pause()
    client = await world.client(await world.key())
    accepted = await patch(client, key="k", headers={"Prefer": "respond-async"})
    assert (accepted.status, accepted.headers["Preference-Applied"], accepted.headers["Retry-After"]) == (202, "respond-async", "1")
    operation = accepted.headers["Location"]
    assert (await client.call("GET", operation)).json == accepted.json
    again = await patch(client, key="k")
    assert again.json["error"]["details"] == {"operationId": accepted.json["id"]}
    assert (await (await world.client(await world.key(tenant="t_two"))).call("GET", operation)).status == 404
    world.owner.resume()
    done = await until_terminal(client, operation)
    assert (done["status"], done["error"]) == ("succeeded", None)
    assert done["resource"] == {"type": "authorization", "id": "auth_1", "href": CASE}
    assert (await client.call("GET", CASE)).etag == '"2"'
    (row,) = await world.store.database["event_log"].find().to_list(None)
    assert (row["types"], row["first"], row["last"]) == (["operation.completed"], 1, 1)


async def test_a_write_that_succeeded_after_a_202_is_replayed_at_once(world: Any, make_state: Any) -> None:
    """Conventions 5.8, though the same request prefers 202 again."""
    soon = {"Prefer": "respond-async"}
    world.owner.reply = lambda _: {"result": {"authorization": make_state(version=2)}}
    client = await world.client(await world.key())
    accepted = await patch(client, key="k", headers=soon)
    await until_terminal(client, accepted.headers["Location"])
    world.owner.reply = lambda _: {"result": {"authorization": make_state(version=2)}, "replayed": True}
    replay = await patch_once_let(client, key="k", headers=soon)
    assert (replay.status, replay.etag, replay.headers["Idempotency-Replayed"]) == (200, '"2"', "true")
    assert "Preference-Applied" not in replay.headers
    assert (await patch(client, key="other", headers=soon)).status == 202


async def test_a_write_that_failed_after_a_202_runs_again(world: Any, make_state: Any) -> None:
    soon = {"Prefer": "respond-async"}
    world.owner.reply = lambda _: REFUSED
    client = await world.client(await world.key())
    first = await patch(client, key="k", headers=soon)
    assert (await until_terminal(client, first.headers["Location"]))["status"] == "failed"
    world.owner.reply = lambda _: {"result": {"authorization": make_state(version=2)}}
    again = await patch_once_let(client, key="k", headers=soon)
    assert again.status == 202
    assert (await until_terminal(client, again.headers["Location"]))["status"] == "succeeded"


async def test_the_deadline_and_a_failing_operation(world: Any) -> None:
    world.owner.reply = lambda _: REFUSED
    world.owner.pause()
    client = await world.client(await world.key())
    accepted = await patch(client)
    assert accepted.status == 202
    assert "Preference-Applied" not in accepted.headers
    world.owner.resume()
    world.clock.advance(OVERDUE)
    await relay_once(world)
    done = await until_terminal(client, accepted.headers["Location"])
    assert (done["status"], done["resource"]) == ("failed", None)
    assert (done["error"]["httpStatus"], done["error"]["code"]) == (409, "version_conflict")


async def test_without_a_broker_a_write_is_kept_and_carried_out_later(world: Any, make_state: Any) -> None:
    world.owner.reply = lambda _: {"result": {"authorization": make_state(version=2)}}
    client = await world.client(await world.key())
    world.bus.go_down()
    accepted = await patch(client)
    assert accepted.status == 202
    world.bus.come_up()
    world.clock.advance(OVERDUE)
    await relay_once(world)
    assert (await until_terminal(client, accepted.headers["Location"]))["status"] == "succeeded"
    assert len(world.owner.seen) == 1


async def test_a_broker_that_comes_back_before_the_deadline(make_world: Any, make_state: Any) -> None:
    async with make_world(reply_deadline_ms=20_000) as world:
        world.owner.reply = lambda _: {"result": {"authorization": make_state(version=2)}}
        client = await world.client(await world.key())
        world.bus.go_down()
        waiting = asyncio.create_task(patch(client))
        while not await world.store.database["operations"].count_documents({}):
            await asyncio.sleep(0.01)
        world.bus.come_up()
        world.clock.advance(OVERDUE)
        await relay_once(world)
        answer = await waiting
    assert (answer.status, answer.etag) == (200, '"2"')


async def test_a_replayed_create_names_the_first_case_in_its_operation(world: Any, make_state: Any) -> None:
    world.owner.reply = lambda _: {"result": {"authorization": make_state()}, "replayed": True}
    client = await world.client(await world.key())
    accepted = await client.call("POST", AUTHORIZATIONS, CREATE, key="k", headers={"Prefer": "respond-async"})
    assert (await until_terminal(client, accepted.headers["Location"]))["resource"]["href"] == CASE


async def test_fhir_is_answered_by_the_owner_or_503(world: Any) -> None:
    body = '{"resourceType":"Bundle"}'
    world.owner.reply = lambda _: {"result": {"status": 200, "headers": {"X-Validation-Warnings": "1"}, "body": body}}
    client = await world.client(await world.token("system/Claim.cu", "system/ClaimResponse.r"))
    answer = await client.call("POST", "/fhir/Claim/$submit", b'{"a": 1.0}', headers={"Prefer": "respond-async"})
    assert (answer.status, answer.body.decode(), answer.headers["X-Validation-Warnings"]) == (200, body, "1")
    assert (world.owner.seen[0].data["body"], world.owner.seen[0].data["base"]) == ('{"a": 1.0}', "/fhir")
    world.owner.pause()
    late = await client.call("POST", "/fhir/Claim/$submit", {})
    assert (late.status, late.headers["Retry-After"], late.json["issue"][0]["code"]) == (503, "5", "transient")


async def test_a_large_fhir_body_goes_through_the_object_store(world: Any) -> None:
    world.owner.reply = lambda _: {"result": {"status": 200, "headers": {}, "body": "{}"}}
    client = await world.client(await world.token("system/Claim.cu", "system/ClaimResponse.r"))
    raw = b'{"a": "' + b"x" * 300_000 + b'"}'
    assert (await client.call("POST", "/fhir/Claim/$submit", raw)).status == 200
    data = world.owner.seen[0].data
    assert (data["body_key"], data["size"]) == (f"raw/t_one/{data['sha256']}", len(raw))
    assert world.objects.objects[data["body_key"]].body == raw


async def until_terminal(client: Client, operation: str) -> Any:
    async with asyncio.timeout(20):
        while (answer := await client.call("GET", operation)).json["status"] == "pending":
            await asyncio.sleep(0.01)
    return answer.json


async def relay_once(world: Any) -> None:
    relay: OperationRelay = world.inside.relay
    assert await relay._round()
