"""Every answer that a test of the whole stack gets is held to the documents, and every event that it makes a stack tell."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from priorbus.devstack.client import Client
from priorbus.devstack.stack import Stack
from tests.conformance.contract import Contract
from tests.conformance.event_contract import EventContract, logged_since


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract()


@pytest.fixture(scope="module", autouse=True)
def _every_answer_is_checked(contract: Contract) -> Iterator[None]:
    """AUTH-16, CONV-55: what the tests see is what the registry and the documents say. Tests of members talk to stand-ins."""
    Client.observers.append(contract.check)
    yield
    Client.observers.remove(contract.check)


@pytest.fixture(scope="module", autouse=True)
def _every_event_is_checked(request: pytest.FixtureRequest) -> Iterator[None]:
    """CONV-55: what a module's tests made a stack tell everybody is what AsyncAPI and the schemas of events say."""
    if not uses_a_stack(request):
        yield
        return
    stack: Stack = request.getfixturevalue("stack")
    start = datetime.now(UTC)
    yield
    contract = EventContract(stack.base_url)
    for body in logged_since(stack, start):
        contract.check(body)


def uses_a_stack(request: pytest.FixtureRequest) -> bool:
    """Whether any test of the module does, the shared one or one of its own."""
    tests = [item for item in request.session.items if isinstance(item, pytest.Function) and item.module is request.module]
    return any("stack" in test.fixturenames for test in tests)
