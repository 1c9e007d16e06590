"""Requests reach their owner as they came, also what is no text: it says what is wrong with it (fhir-pas.md 6.1, 11, 17)."""

import hashlib
from typing import Any

import pytest

ANSWER = {"result": {"status": 400, "headers": {}, "body": '{"resourceType":"OperationOutcome"}'}}
BODY = b'{"resourceType":"Bundle","id":"\xff"}'


@pytest.mark.parametrize("operation", ["Claim/$submit", "Claim/$inquire", "$submit-attachment", "Subscription"])
async def test_a_body_that_is_not_utf_8_goes_by_reference(world: Any, operation: str) -> None:
    world.owner.reply = lambda _: ANSWER
    client = await world.client(await world.token("system/*.cruds"))
    answer = await client.call("POST", f"/pas/2.2/fhir/{operation}", BODY, headers={"Content-Type": "application/fhir+json"})
    assert (answer.status, answer.json) == (400, {"resourceType": "OperationOutcome"})
    (sent,) = world.owner.seen
    about = sent.data.get("request", sent.data)
    assert (about.get("body"), about["sha256"], about["size"]) == (None, hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert (await world.objects.head(about["body_key"])).content_type == "application/fhir+json"


async def test_an_inquiry_is_carried_out_each_time(world: Any) -> None:
    world.owner.reply = lambda _: ANSWER
    client = await world.client(await world.token("system/*.cruds"))
    for operation in ("$submit", "$inquire", "$inquire"):
        await client.call("POST", f"/pas/2.2/fhir/Claim/{operation}", {"resourceType": "Bundle"}, key="same")
    assert [one.idempotency is not None for one in world.owner.seen] == [True, False, False]
