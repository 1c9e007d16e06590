"""Whose payer decides."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from priorbus.fhir_pas.adapters.payers import TenantPayers
from priorbus.fhir_pas.domain.payer import PayerAnswer, PayerRequest, SentDocuments
from priorbus.fhir_pas.domain.remote.endpoint import PayerEndpoint
from priorbus.fhir_pas.ports import PayerConnector
from priorbus.runtime.clock import FixedClock


@dataclass
class Asked:
    """A payer that only remembers what it was asked."""

    name: str
    calls: list[str] = field(default_factory=list)

    async def channel(self, tenant: str) -> str:
        return self.name

    async def discover(self, request: PayerRequest) -> tuple[()]:
        self.calls.append("discover")
        return ()

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        self.calls.append("decide")
        return PayerAnswer()

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        self.calls.append("poll")
        return PayerAnswer()

    async def settle(self, request: PayerRequest, occasion: Any, elapsed: timedelta) -> PayerAnswer:
        self.calls.append("settle")
        return PayerAnswer()

    async def hear(self, request: PayerRequest, response: Any, bundle: Any) -> PayerAnswer:
        self.calls.append("hear")
        return PayerAnswer()

    async def review(self, request: PayerRequest, documents: SentDocuments) -> PayerAnswer:
        self.calls.append("review")
        return PayerAnswer()


class Endpoints:
    """Only `t_remote` has one."""

    async def of(self, tenant: str) -> PayerEndpoint | None:
        return cast(PayerEndpoint, object()) if tenant == "t_remote" else None


@pytest.mark.parametrize(
    ("tenant", "sandbox", "expected"), [("t_remote", True, "remote"), ("t_other", True, "sandbox"), ("t_other", False, "remote")]
)
async def test_each_tenant_has_its_payer(tenant: str, sandbox: bool, expected: str) -> None:
    remote, local = Asked("remote"), Asked("sandbox")
    payers: PayerConnector = TenantPayers(Endpoints(), remote, local if sandbox else None)
    request = PayerRequest("one", "fhir", "", "/fhir", (), FixedClock()(), tenant=tenant)
    await payers.discover(request)
    await payers.decide(request)
    await payers.poll(request, 1)
    await payers.settle(request, "time", timedelta(0))
    await payers.hear(request, {}, {})
    await payers.review(request, SentDocuments(final=True))
    chosen, other = (remote, local) if expected == "remote" else (local, remote)
    everything = ["discover", "decide", "poll", "settle", "hear", "review"]
    assert (await payers.channel(tenant), chosen.calls, other.calls) == (expected, everything, [])
