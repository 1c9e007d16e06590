"""Whoever calls back has to have the secret that we gave to the payer, and for this URL (fhir-pas.md 22)."""

import base64
from typing import Any

import pytest
from pydantic import SecretStr

from priorbus.contracts.commands.fhir_payers import callback_credential
from priorbus.runtime.sealing import Sealer

URL = "/payer-notifications/psub_1"
TAKEN = {"result": {"status": 200, "headers": {}, "body": "{}"}}


SEALER = Sealer([SecretStr(base64.urlsafe_b64encode(b"k" * 32).decode())])
"""With the gateway's key."""


def secret(text: str) -> str:
    return SEALER.seal(text).decode()


async def test_the_secret_tells_the_tenant(world: Any) -> None:
    world.owner.reply = lambda _: TAKEN
    client = await world.client(secret(callback_credential("t_one", "psub_1")))
    answer = await client.call("POST", URL, {"resourceType": "Bundle"})
    assert answer.status == 200
    (sent,) = world.owner.seen
    assert (sent.type, sent.tenant, sent.data["subscription_id"]) == ("fhir-pas.take_payer_notification", "t_one", "psub_1")


@pytest.mark.parametrize("text", ["t_one/psub_1", "something else", "payer-notification/t_one", "payer-notification/t_one/psub_1/x"])
async def test_other_secrets_are_none(world: Any, text: str) -> None:
    client = await world.client(secret(text))
    assert (await client.call("POST", URL, {"resourceType": "Bundle"})).status == 401
    assert world.owner.seen == []


async def test_keys_and_tokens_are_none(world: Any) -> None:
    for credential in (await world.key(), await world.token("system/*.cruds"), None):
        answer = await (await world.client(credential)).call("POST", URL, {"resourceType": "Bundle"})
        assert (answer.status, answer.json["resourceType"]) == (401, "OperationOutcome")
    assert world.owner.seen == []


async def test_a_secret_counts_for_its_own_url(world: Any) -> None:
    client = await world.client(secret(callback_credential("t_one", "psub_2")))
    assert (await client.call("POST", URL, {"resourceType": "Bundle"})).status == 404
    assert world.owner.seen == []
