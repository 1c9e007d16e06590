"""Parties of the FHIR acceptance cases (fhir-pas.md 27)."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from priorbus.devstack.client import Client
from priorbus.devstack.notification_receiver import Receiver, receiver
from priorbus.devstack.stack import Stack

NPI = "http://hl7.org/fhir/sid/us-npi"


@dataclass(frozen=True)
class Parties:
    """A tenant of the test's own with its clients `ehr1` and `ehr2` and the operator `op`."""

    tenant: str
    ehr1: Client
    ehr2: Client
    op: Client


@pytest.fixture
async def parties(stack: Stack) -> AsyncIterator[Parties]:
    tenant = f"t_{secrets.token_hex(6)}"
    own = {"ehr1": (f"{NPI}|8189991234", "PROVIDERID"), "ehr2": (f"{NPI}|1234567893",)}
    commands = [
        ["tenants", "create", tenant],
        ["keys", "create", "--tenant", tenant, "--name", "op", "--scope", "ops/pas.finalise"],
        *(
            ["fhir", "token", "--tenant", tenant, "--client", client, *(part for one in identifiers for part in ("--identifier", one))]
            for client, identifiers in own.items()
        ),
    ]
    _, key, *tokens = await asyncio.to_thread(stack.priorbus_batch, *commands)
    credentials = [*(token["access_token"] for token in tokens), key["key"]]
    async with AsyncExitStack() as clients:
        ehr1, ehr2, op = [await clients.enter_async_context(Client(stack.base_url, one)) for one in credentials]
        yield Parties(tenant, ehr1, ehr2, op)


@pytest.fixture
async def ehr() -> AsyncIterator[Receiver]:
    """Where ehr1 receives notifications."""
    async with receiver() as made:
        yield made
