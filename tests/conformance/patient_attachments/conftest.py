"""Callers of the patient attachments API, as its acceptance cases name them (patient-attachments.md 18).

The tests of a module share two tenants of their own; their keys have rate limits that no test reaches.
"""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from priorbus.devstack.patients import PatientsClient
from priorbus.devstack.stack import Stack

_NO_LIMIT = ("--rate-default", "100000", "--rate-poll", "100000")


@dataclass(frozen=True)
class Tenants:
    """Keys of T1 and T2: `k1` and `k2` have every scope, `reader` may only read, `limited` has the deployment's rate limits."""

    base_url: str
    tenant: str
    k1: str
    k2: str
    reader: str
    limited: str


@pytest.fixture(scope="module")
def tenants(stack: Stack) -> Tenants:
    return make_tenants(stack)


def make_tenants(stack: Stack) -> Tenants:
    """Two new tenants of a stack."""
    one, two = (f"t_{secrets.token_hex(6)}" for _ in range(2))
    key = ("keys", "create", "--name", "clinic", "--tenant")
    reading = ("--scope", "patient_attachments:read", "--scope", "patients:read")
    made = stack.priorbus_batch(
        ["tenants", "create", one],
        ["tenants", "create", two],
        [*key, one, *_NO_LIMIT],
        [*key, two, *_NO_LIMIT],
        [*key, one, *_NO_LIMIT, *reading],
        [*key, one],
    )
    return Tenants(stack.base_url, one, *(answer["key"] for answer in made[2:]))


@pytest.fixture
async def k1(tenants: Tenants) -> AsyncIterator[PatientsClient]:
    async with PatientsClient(tenants.base_url, tenants.k1) as client:
        yield client


@pytest.fixture
async def k2(tenants: Tenants) -> AsyncIterator[PatientsClient]:
    async with PatientsClient(tenants.base_url, tenants.k2) as client:
        yield client


@pytest.fixture
async def reader(tenants: Tenants) -> AsyncIterator[PatientsClient]:
    async with PatientsClient(tenants.base_url, tenants.reader) as client:
        yield client


@pytest.fixture
async def patient(k1: PatientsClient) -> str:
    """P: a patient of T1, its id above 2^53."""
    return await k1.patient()
