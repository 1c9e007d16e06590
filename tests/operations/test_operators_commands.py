"""What operators do from the command line to a stack that works."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiormq
import pytest
from pymongo import MongoClient

from priorbus.devstack import cases
from priorbus.devstack.client import Answer, Client
from priorbus.devstack.commands import run_commands
from priorbus.devstack.seed import TENANT
from priorbus.devstack.stack import Stack

Database = Any


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[Client]:
    async with Client(stack.base_url, stack.seed.api_key) as opened:
        yield opened


@pytest.fixture
def databases(stack: Stack) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](stack.backing.mongo_url) as opened:
        yield opened


def database_name(stack: Stack, service: str) -> str:
    return f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_{service}".replace("-", "_")


async def patch(client: Client, case: Answer, times: int) -> Answer:
    for number in range(times):
        case = await client.patch(case.json["id"], case.etag, cases.item("patient.middleName", cases.text(f"Turn {number}")))
    return case


async def test_projections_are_made_anew_while_traffic_runs(stack: Stack, client: Client, databases: MongoClient[dict[str, Any]]) -> None:
    lost, spoilt, busy = [await patch(client, await client.create(), 1) for _ in range(3)]
    file_id = await client.ready_file()
    gateway = databases[database_name(stack, "gateway")]
    await client.timeline(lost.json["id"])
    gateway["authorizations"].delete_one({"_id": f"{TENANT}/{lost.json['id']}"})
    gateway["authorizations"].update_one({"_id": f"{TENANT}/{spoilt.json['id']}"}, {"$set": {"json": b'{"spoilt": true}'}})
    gateway["files"].delete_one({"_id": f"{TENANT}/{file_id}"})
    assert (await client.call("GET", f"/v1/prior-auth/authorizations/{lost.json['id']}")).status == 404
    rebuilding = asyncio.create_task(asyncio.to_thread(stack.priorbus, "projections", "rebuild"))
    busy = await patch(client, busy, 10)
    told = await rebuilding
    assert told["requirements"]["authorizations"] >= 3
    assert told["storage"]["files"] >= 1
    await _readable(client, f"/v1/prior-auth/authorizations/{lost.json['id']}", f"/v1/files/{file_id}")
    for case in (lost, spoilt, busy):
        again = await client.get(case.json["id"])
        assert (again.json, again.etag) == (case.json, case.etag)
    assert [entry["sequence"] for entry in await client.timeline(busy.json["id"])] == list(
        range(1, 1 + len(await client.timeline(busy.json["id"])))
    )


@pytest.mark.long
async def test_the_gateway_hears_how_long_a_tenant_waits(stack: Stack, databases: MongoClient[dict[str, Any]]) -> None:
    known = databases[database_name(stack, "gateway")]["tenant_settings"]
    await asyncio.to_thread(stack.priorbus, "pas", "settings", "set", "--tenant", TENANT, "--value", "pas.reply_deadline_ms=14000")
    await _there(lambda: known.find_one({"_id": TENANT, "reply_deadline_ms": 14_000}))
    known.delete_one({"_id": TENANT})
    told = await asyncio.to_thread(stack.priorbus, "projections", "rebuild")
    assert told["fhir-pas"]["tenant_settings"] >= 1
    await _there(lambda: known.find_one({"_id": TENANT, "reply_deadline_ms": 14_000}))
    await asyncio.to_thread(stack.priorbus, "pas", "settings", "set", "--tenant", TENANT, "--value", "pas.reply_deadline_ms=null")
    await _there(lambda: known.find_one({"_id": TENANT, "reply_deadline_ms": None}))


async def _there(find: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while find() is None:
            await asyncio.sleep(0.1)


async def test_projections_tell_what_they_hold_and_who_works(stack: Stack, client: Client) -> None:
    await client.create()
    [gateway] = await asyncio.to_thread(stack.priorbus, "projections", "status")
    assert (gateway["service"], gateway["facts"]["queue"], gateway["facts"]["consumers"]) == ("gateway", "priorbus.gateway.facts", 1)
    assert gateway["documents"]["authorizations"] >= 1
    assert gateway["documents"]["payers"] >= 1


async def _readable(client: Client, *paths: str) -> None:
    async with asyncio.timeout(60):
        while any([(await client.call("GET", path)).status != 200 for path in paths]):
            await asyncio.sleep(0.1)


async def test_relays_work_and_have_nothing_left(stack: Stack, client: Client) -> None:
    await client.create()
    async with asyncio.timeout(60):
        while True:
            relays = await asyncio.to_thread(stack.priorbus, "outbox", "status")
            found = {(one["service"], one["collection"]) for one in relays}
            if {("requirements", "journal"), ("gateway", "event_log")} <= found and not any(one["waiting"] for one in relays):
                break
    assert all(one["held"] and one["oldestWaitingSeconds"] is None for one in relays)
    assert all(one["publishedUpTo"].endswith("Z") for one in relays)


async def test_dead_letters_are_listed_shown_and_dropped(stack: Stack) -> None:
    async with aiormq.connect(stack.settings["PRIORBUS_AMQP_URL"]) as connection:
        channel = await connection.channel(publisher_confirms=True)
        await channel.basic_publish(b"no message", routing_key="priorbus.storage.commands")
    async with asyncio.timeout(90):
        while not (listed := await asyncio.to_thread(stack.priorbus, "dead-letters", "list", "--service", "storage")):
            await asyncio.sleep(0.1)
    [letter] = listed
    assert (letter["queue"], letter["category"]) == ("priorbus.storage.commands", "malformed")
    shown, dropped, left = await asyncio.to_thread(
        stack.priorbus_batch,
        ["dead-letters", "show", letter["id"]],
        ["dead-letters", "drop", letter["id"]],
        ["dead-letters", "list", "--service", "storage"],
    )
    assert (shown, dropped, left) == (letter, {"dropped": [letter["id"]]}, [])


def test_preparing_ahead_makes_what_the_services_make(stack: Stack, databases: MongoClient[dict[str, Any]]) -> None:
    prefix = f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}x"
    [made] = run_commands({**stack.settings, "PRIORBUS_MONGO_DATABASE_PREFIX": prefix}, ["database", "prepare"])
    services = ("fhir_pas", "gateway", "requirements", "storage")
    try:
        assert made == {"databases": [f"{prefix}_{service}" for service in services]}
        for service in services:
            assert _indexes(databases[f"{prefix}_{service}"]) == _indexes(databases[database_name(stack, service)])
    finally:
        for service in services:
            databases.drop_database(f"{prefix}_{service}")


def _indexes(database: Database) -> dict[str, Any]:
    """By collection; those that come into being with the first use are left out, and what MongoDB notes for other tests."""
    late = {"checkpoints", "leases", "system.profile"}
    found = {name: database[name].index_information() for name in database.list_collection_names() if name not in late}
    return json.loads(json.dumps(found, sort_keys=True, default=str))  # type: ignore[no-any-return]
