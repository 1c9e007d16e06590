"""Callers of the shared stack, as the acceptance cases name them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo import MongoClient

from priorbus.devstack.cases import PROVIDER_NPI
from priorbus.devstack.client import Client
from priorbus.devstack.seed import TENANT
from priorbus.devstack.stack import Stack
from tests.conformance.event_contract import EventContract
from tests.conformance.scans import Scans
from tests.conftest import uses_a_stack


@dataclass(frozen=True)
class Keys:
    """Credentials of the first tenant: `all_scopes` is K1, `read_only` is KR."""

    base_url: str
    all_scopes: str
    read_only: str

    def client(self, key: str | None) -> Client:
        """A caller with any credential."""
        return Client(self.base_url, key)


@pytest.fixture(scope="session")
def event_contract(stack: Stack) -> EventContract:
    return EventContract(stack.base_url)


@pytest.fixture(scope="session")
def scans(stack: Stack) -> Iterator[Scans]:
    with MongoClient[dict[str, Any]](stack.backing.mongo_url, tz_aware=True) as client:
        yield Scans(stack, client)


@pytest.fixture(scope="module", autouse=True)
def _no_query_scans_a_collection(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever the acceptance cases make the services ask of their databases is answered by an index."""
    if hasattr(request.module, "stack") or not uses_a_stack(request):
        yield
        return
    scans: Scans = request.getfixturevalue("scans")
    start = datetime.now(UTC)
    yield
    assert scans.since(start) == []


@pytest.fixture(scope="session")
def keys(stack: Stack) -> Keys:
    made = stack.priorbus("keys", "create", "--tenant", TENANT, "--name", "reader", "--scope", "authorizations:read")
    return Keys(stack.base_url, stack.seed.api_key, made["key"])


@pytest.fixture
async def api(keys: Keys) -> AsyncIterator[Client]:
    """K1 of T1."""
    async with keys.client(keys.all_scopes) as client:
        yield client


@pytest.fixture
async def reader(keys: Keys) -> AsyncIterator[Client]:
    """KR of T1."""
    async with keys.client(keys.read_only) as client:
        yield client


@pytest.fixture
async def anonymous(keys: Keys) -> AsyncIterator[Client]:
    """Nobody."""
    async with keys.client(None) as client:
        yield client


@pytest.fixture
async def other_tenant(stack: Stack) -> AsyncIterator[Client]:
    """K2 of T2."""
    async with Client(stack.base_url, stack.seed.api_key_other_tenant) as client:
        yield client


@pytest.fixture
async def gateways(stack: Stack) -> AsyncIterator[list[Client]]:
    """K1 at every gateway instance."""
    async with AsyncExitStack() as clients:
        yield [await clients.enter_async_context(Client(gateway.base_url, stack.seed.api_key)) for gateway in stack.gateways]


@pytest.fixture
async def lonely(stack: Stack) -> AsyncIterator[Client]:
    """A key of a tenant of the test's own, with the example provider."""
    tenant = f"t_{secrets.token_hex(6)}"
    key = ["keys", "create", "--tenant", tenant, "--name", "test", "--scope", "*"]
    _, made = await asyncio.to_thread(stack.priorbus_batch, ["tenants", "create", tenant], key)
    async with Client(stack.base_url, made["key"]) as client:
        await client.succeed("POST", "/v1/providers", {"npi": PROVIDER_NPI, "displayName": "Example Clinic"})
        yield client


@pytest.fixture
async def fhir(stack: Stack) -> AsyncIterator[Client]:
    """A FHIR client of a tenant of the test's own, so that the case starts with an empty store."""
    tenant = f"t_{secrets.token_hex(6)}"
    token = ["fhir", "token", "--tenant", tenant, "--client", "ehr1"]
    _, made = await asyncio.to_thread(stack.priorbus_batch, ["tenants", "create", tenant], token)
    async with Client(stack.base_url, made["access_token"]) as client:
        yield client
