"""Tenants of the tests' own, with all that a case of the conventions needs."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from priorbus.devstack.cases import PROVIDER_NPI
from priorbus.devstack.client import Client
from priorbus.devstack.stack import Stack

_AT_ONCE = 8


@dataclass(frozen=True)
class OwnTenant:
    """A tenant with a key of every scope and an account of the broker, `pub.<id>.reader`."""

    id: str
    key: str
    account: str
    password: str


@pytest.fixture(scope="session")
def spare_tenants() -> list[OwnTenant]:
    """Those that no test has used."""
    return []


@pytest.fixture
async def own_tenant(stack: Stack, spare_tenants: list[OwnTenant]) -> OwnTenant:
    """A tenant that nobody else uses."""
    if not spare_tenants:
        names = [f"t_{secrets.token_hex(6)}" for _ in range(_AT_ONCE)]
        commands = [
            command
            for name in names
            for command in (
                ["tenants", "create", name],
                ["keys", "create", "--tenant", name, "--name", "test", "--scope", "*"],
                ["consumers", "create", "--tenant", name, "--name", "reader"],
            )
        ]
        made = await asyncio.to_thread(stack.priorbus_batch, *commands)
        answers = zip(names, made[1::3], made[2::3], strict=True)
        spare_tenants += [OwnTenant(name, key["key"], account["account"], account["password"]) for name, key, account in answers]
    return spare_tenants.pop()


@pytest.fixture
async def lonely(stack: Stack, own_tenant: OwnTenant) -> AsyncIterator[Client]:
    """A key of a tenant of the test's own, with the example provider."""
    async with Client(stack.base_url, own_tenant.key) as client:
        await client.succeed("POST", "/v1/providers", {"npi": PROVIDER_NPI, "displayName": "Example Clinic"})
        yield client
