"""Acceptance case about a command that breaks its consumer every time (conventions.md 19)."""

import asyncio
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Client
from priorbus.devstack.seed import TENANT
from priorbus.devstack.stack import Stack

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


async def test_conv_52_a_command_that_always_crashes(stack: Stack) -> None:
    """CONV-52: parked after ten deliveries, and its sender hears of it; other commands keep flowing"""
    answers = cases.answers(cases.full_answers()[0])
    async with Client(stack.base_url, stack.seed.api_key) as client, AsyncMongoClient[dict[str, Any]](stack.backing.mongo_url) as database:
        case, other = await client.create(), await client.create()
        states = database[f"{stack.settings['PRIORBUS_MONGO_DATABASE_PREFIX']}_requirements"]["authorizations"]
        broken = await states.update_one({"_id": f"{TENANT}/{case.json['id']}"}, {"$set": {"state": "unknown", "rev": 1000}})
        assert broken.modified_count == 1
        path = f"{AUTHORIZATIONS}/{case.json['id']}/answers"
        accepted = await client.call("PATCH", path, answers, if_match=case.etag, headers={"Prefer": "respond-async"})
        version = 0
        async with asyncio.timeout(800):
            while (operation := (await client.succeed("GET", accepted.headers["Location"])).json)["status"] == "pending":
                body = cases.answers(cases.item("patient.firstName", cases.text(f"Ada {version}")))
                other = await client.succeed("PATCH", f"{AUTHORIZATIONS}/{other.json['id']}/answers", body, if_match=other.etag)
                version += 1
                await asyncio.sleep(2)
    assert (operation["status"], operation["error"]["code"]) == ("failed", "internal_error")
    assert version > 10
    parked = await asyncio.to_thread(stack.priorbus, "dead-letters", "list", "--service", "requirements")
    letters = [each for each in parked if each["id"] == "cmd_" + operation["id"].removeprefix("op_")]
    assert letters, "more than one is possible: while it is pending, the gateway sends the command again"
    assert {(each["type"], each["attempt"], each["tenant"]) for each in letters} == {("requirements.patch_answers", 10, TENANT)}
    await asyncio.to_thread(stack.priorbus, "dead-letters", "drop", letters[0]["id"])
