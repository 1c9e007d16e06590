"""The payer port played by the sandbox: no memory, so the same request gets the same answer however often it comes."""

from dataclasses import dataclass, replace
from datetime import timedelta

from priorbus.fhir_pas.adapters.sandbox.reactions import react
from priorbus.fhir_pas.adapters.sandbox.scenarios import Reaction, Scenario, scenario_of
from priorbus.fhir_pas.adapters.sandbox.tables import TenantTables
from priorbus.fhir_pas.adapters.sandbox.verdicts import decide_by_rules, settle_by_rules
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import InformationRequest, Occasion, PayerAnswer, PayerRequest, SentDocuments
from priorbus.fhir_pas.ports import PayerUnreachable


@dataclass(frozen=True)
class SandboxPayer:
    """Satisfies `PayerConnector`. `step` is the time between the steps of a scenario."""

    tables: TenantTables
    step: timedelta

    async def channel(self, tenant: str) -> str:
        return "sandbox"

    async def discover(self, request: PayerRequest) -> tuple[InformationRequest, ...]:
        finding = scenario_of(request.member_id).finding
        return (InformationRequest("The payer wants a treatment plan.", (finding,)),) if finding else ()

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        if request.origin == "fhir":
            return decide_by_rules(await self.tables.of(request.tenant), request)
        if request.attempt <= scenario_of(request.member_id).outages:
            raise PayerUnreachable("the sandbox plays an outage")
        return self._step(request, 0)

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        return self._step(request, step)

    async def settle(self, request: PayerRequest, occasion: Occasion, elapsed: timedelta) -> PayerAnswer:
        """A scenario goes on by its own steps; only an operator ends it before."""
        if request.origin == "authorization" and occasion != "operator":
            return PayerAnswer()
        return settle_by_rules(await self.tables.of(request.tenant), request, occasion, elapsed)

    async def hear(self, request: PayerRequest, response: Resource, bundle: Resource) -> PayerAnswer:
        """The sandbox notifies nobody."""
        return PayerAnswer()

    async def review(self, request: PayerRequest, documents: SentDocuments) -> PayerAnswer:
        """Whatever the documents say is enough, once they are all there."""
        return await self.settle(request, "attachments", timedelta(0)) if documents.final else PayerAnswer()

    def _step(self, request: PayerRequest, step: int) -> PayerAnswer:
        steps = _steps(scenario_of(request.member_id), request)
        if step >= len(steps):
            return PayerAnswer()
        answer = react(steps[step], request)
        return replace(answer, poll_after=self.step) if step + 1 < len(steps) else answer


def _steps(scenario: Scenario, request: PayerRequest) -> tuple[Reaction, ...]:
    return (scenario.updated,) if request.update and scenario.updated else scenario.steps
