"""Every answer that a test of the whole stack gets is held to the documents."""

from collections.abc import Iterator

import pytest

from priorbus.devstack.client import Client
from tests.conformance.contract import Contract


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract()


@pytest.fixture(scope="module", autouse=True)
def _every_answer_is_checked(contract: Contract) -> Iterator[None]:
    """AUTH-16, CONV-55: what the tests see is what the registry and the documents say. Tests of members talk to stand-ins."""
    Client.observers.append(contract.check)
    yield
    Client.observers.remove(contract.check)
