"""CONV-54, AUTH-16: whatever is sent, the answer is one that the documents describe, and never a 5xx (Conventions 15.1)."""

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from priorbus.devstack import cases
from priorbus.devstack.client import AUTHORIZATIONS, Answer
from priorbus.devstack.patients import PatientsClient
from priorbus.devstack.stack import Stack
from priorbus.gateway.openapi.documents import documents
from priorbus.gateway.routes import ROUTES
from tests.conformance.contract import Contract

ENDLESS = "GET /v1/events/stream"
"""Answers as long as the client listens; its own tests hold what it refuses."""
OPERATIONS = [
    result.ok()
    for document in documents(ROUTES, "http://127.0.0.1").values()
    for result in schemathesis.openapi.from_dict(document).get_all_operations()
    if isinstance(result, Ok) and result.ok().label != ENDLESS
]


@dataclass
class Target:
    """The gateway under fire, and records that can be hit, by path parameter; `etag` follows the version of the authorization."""

    base_url: str
    session: requests.Session
    contract: Contract
    records: dict[str, str]
    etag: str

    def fire(self, case: "Case[Any]", *, at_the_case: bool) -> None:
        """Send a generated request, at the real records if wanted, and check the answer."""
        headers = {"Authorization": self.session.headers["Authorization"]}
        if at_the_case:
            case.path_parameters.update({name: value for name, value in self.records.items() if name in case.path_parameters})
            headers["If-Match"] = self.etag
        response = case.call(base_url=self.base_url, session=self.session, headers=headers)
        answer = Answer(response.status_code, OneValueEach(response.headers), response.content)
        assert answer.status < 500, (case.method, case.path, repr(case.body)[:3000])
        path = unquote(urlsplit(response.request.url).path)
        self.contract.check(case.method, path, answer)
        if path.endswith(self.records["authorization_id"]) and answer.status == 200:
            self.etag = answer.etag


class OneValueEach(dict[str, str]):
    """Headers of schemathesis, one value each."""

    def __init__(self, headers: Any) -> None:
        super().__init__({name.lower(): values[0] for name, values in headers.items()})

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())


@pytest.fixture(scope="module")
def target(stack: Stack) -> Iterator[Target]:
    """Of a tenant by itself: the webhook endpoints that are made here would get everybody's events."""
    tenant = f"t_{secrets.token_hex(6)}"
    made = stack.priorbus_batch(
        ["tenants", "create", tenant],
        ["providers", "register", "--tenant", tenant, "--npi", cases.PROVIDER_NPI, "--name", "Example Clinic"],
        ["keys", "create", "--tenant", tenant, "--name", "fuzz", "--rate-default", "1000000", "--rate-poll", "1000000"],
    )
    key = made[-1]["key"]
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {key}"
        created = session.post(stack.base_url + AUTHORIZATIONS, json=cases.mri_create(), timeout=30)
        hook = session.post(f"{stack.base_url}/v1/webhook-endpoints", json={"url": "http://127.0.0.1:9/"}, timeout=30)
        records = {
            "authorization_id": created.json()["id"],
            "endpoint_id": hook.json()["id"],
            **asyncio.run(patient_records(stack.base_url, key)),
        }
        yield Target(stack.base_url, session, Contract(), records, created.headers["ETag"])


async def patient_records(base_url: str, key: str) -> dict[str, str]:
    async with PatientsClient(base_url, key) as client:
        patient = await client.patient()
        document = await client.add_document(patient)
        return {"patient_id": patient, "patient_case_id": await client.case(patient), "id": document.json["id"]}


def bombard(target: Target, operation: Any, mode: GenerationMode, shots: int, *, same_each_time: bool) -> None:
    @settings(
        max_examples=shots,
        derandomize=same_each_time,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode), at_the_case=st.booleans())
    def fire(case: "Case[Any]", at_the_case: bool) -> None:
        target.fire(case, at_the_case=at_the_case)

    fire()


EACH = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
BOTH = pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)


@EACH
@BOTH
def test_conv_54_fuzz(target: Target, operation: Any, mode: GenerationMode) -> None:
    """CONV-54, a minute of it"""
    bombard(target, operation, mode, 8, same_each_time=True)


@pytest.mark.long
@pytest.mark.timeout(900)
@EACH
@BOTH
def test_conv_54_fuzz_long(target: Target, operation: Any, mode: GenerationMode) -> None:
    """CONV-54"""
    bombard(target, operation, mode, 250, same_each_time=False)
