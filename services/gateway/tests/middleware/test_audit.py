import asyncio
from typing import Any

import structlog
from pymongo.errors import AutoReconnect

from priorbus.devstack.client import AUTHORIZATIONS
from priorbus.gateway.middleware.audit import AuditTrail
from priorbus.runtime.mongo import Store

CREATE = {
    "providerNpi": "1234567893",
    "policy": {"finalSubmission": "automatic"},
    "templateSelection": {
        "payerId": "payer_a",
        "insuranceState": "CA",
        "serviceType": "outpatient",
        "serviceCode": "70553",
        "serviceCodeSystem": "cpt",
    },
}

GONE = {"code": "authorization_not_found", "details": {}, "issues": []}


async def records(world: Any) -> list[dict[str, Any]]:
    assert await world.inside.audit.flush()
    found: list[dict[str, Any]] = await world.store.database["audit"].find(sort=[("_id", 1)]).to_list(None)
    return found


async def test_reads_and_writes_of_phi_are_recorded_with_their_result(world: Any, make_state: Any) -> None:
    world.owner.reply = lambda _envelope: {"result": {"authorization": make_state(id="auth_7")}}
    client = await world.client(await world.key())
    answers = [
        await client.call("POST", AUTHORIZATIONS, CREATE),
        await client.call("GET", f"{AUTHORIZATIONS}/auth_7"),
        await client.call("GET", f"{AUTHORIZATIONS}/auth_8"),
        await client.call("GET", AUTHORIZATIONS),
        await client.call("PATCH", f"{AUTHORIZATIONS}/auth_7/answers", {}),
    ]
    rows = await records(world)
    assert [(row["action"], row["resource_id"], row["status"]) for row in rows] == [
        ("authorization.create", "auth_7", 201),
        ("authorization.read", "auth_7", 200),
        ("authorization.read", "auth_8", 404),
        ("authorization.list", "", 200),
        ("authorization.patch_answers", "auth_7", 428),
    ]
    assert [row["request_id"] for row in rows] == [answer.headers["X-Request-Id"] for answer in answers]
    assert {row["tenant"] for row in rows} == {"t_one"}
    assert all(row["client_id"].startswith("key_") and row["at"] == world.clock() for row in rows)


async def test_a_write_that_is_answered_202_is_recorded_with_what_it_makes(world: Any, make_state: Any) -> None:
    world.owner.reply = lambda envelope: {"result": {"authorization": make_state(id=envelope.data["authorization_id"])}}
    client = await world.client(await world.key())
    accepted = await client.call("POST", AUTHORIZATIONS, CREATE, headers={"Prefer": "respond-async"})
    async with asyncio.timeout(20):
        while (operation := await client.call("GET", accepted.headers["Location"])).json["status"] == "pending":
            await asyncio.sleep(0.01)
    (row,) = await records(world)
    assert (row["action"], row["status"], row["resource_id"]) == ("authorization.create", 202, operation.json["resource"]["id"])


async def test_a_part_is_recorded_under_its_whole(world: Any, make_state: Any) -> None:
    """So that everything about a case is found by its id; the log names it too, but nothing that a client made up."""
    world.owner.reply = lambda envelope: {"result": {"authorization": make_state()}} if envelope.idempotency else {"refusal": GONE}
    client = await world.client(await world.key())
    with structlog.testing.capture_logs() as logged:
        await client.call("DELETE", f"{AUTHORIZATIONS}/auth_1/attachments/att_1", if_match='"1"', key="k")
        await client.call("DELETE", f"{AUTHORIZATIONS}/Ada/attachments/att_1", if_match='"1"')
    assert [(row["resource_id"], row["status"]) for row in await records(world)] == [("auth_1", 200), ("Ada", 404)]
    assert [line["subject"] for line in logged if line["event"] == "request"] == ["auth_1", ""]
    fhir = await world.client(await world.token("system/Claim.r"))
    world.owner.reply = lambda _: {"result": {"status": 200, "headers": {}, "body": "{}"}}
    await fhir.call("GET", "/fhir/Claim/c1/_history/7")
    assert [(row["action"], row["resource_id"]) for row in await records(world)][2:] == [("fhir.read", "c1")]


async def test_reads_of_catalogues_are_not(world: Any) -> None:
    await (await world.client(await world.key())).call("GET", "/v1/payers")
    assert await records(world) == []


class LosesAnswers:
    """Writes, and then says that the connection broke."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows
        self.broken = True

    async def insert_many(self, documents: Any, *, ordered: bool) -> None:
        await self.rows.insert_many(documents, ordered=ordered)
        if self.broken:
            self.broken = False
            raise AutoReconnect("the answer was lost")


async def test_a_lost_answer_neither_loses_nor_doubles_records(store: Store) -> None:
    trail = AuditTrail(LosesAnswers(store.database["audit"]))  # type: ignore[arg-type]
    trail._waiting = [{"action": "a"}, {"action": "b"}]
    assert not await trail.flush()
    assert await trail.flush()
    assert await store.database["audit"].count_documents({}) == 2


async def test_the_rest_is_written_on_exit(store: Store) -> None:
    async with AuditTrail(store.database["audit"]).running() as trail:
        trail._waiting = [{"action": "a"}]
    assert await store.database["audit"].count_documents({}) == 1


async def test_what_can_not_be_written_goes_to_the_log(store: Store) -> None:
    await store.database["audit"].drop()
    await store.database.create_collection("audit", validator={"nothing": {"$exists": True}})
    record = {
        "tenant": "t_one",
        "client_id": "key_1",
        "action": "file.read",
        "resource_id": "file_1",
        "request_id": "req_1",
        "status": 200,
    }
    with structlog.testing.capture_logs() as logged:
        async with AuditTrail(store.database["audit"]).running() as trail:
            trail._waiting = [dict(record)]
    assert [line["request_id"] for line in logged if line["event"] == "audit"] == ["req_1"]


async def test_records_of_fhir_tell_base_purpose_and_resources(world: Any) -> None:
    named = ["Claim/1", "ClaimResponse/2"]
    world.owner.reply = lambda _: {"result": {"status": 200, "headers": {}, "body": "{}", "resources": named}}
    client = await world.client(await world.token("system/Claim.cu", "system/ClaimResponse.r"))
    await client.call("POST", "/pas/2.2/fhir/Claim/$submit", {"a": 1})
    (row,) = await records(world)
    assert (row["action"], row["base"], row["purpose"], row["resources"]) == ("claim.submit", "/pas/2.2/fhir", "COVAUTH", named)
