"""Which payer decides a tenant's requests: the remote endpoint where there is one, else the sandbox where that is wanted."""

from dataclasses import dataclass
from datetime import timedelta

from priorbus.fhir_pas.adapters.remote.connector import Endpoints
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import InformationRequest, Occasion, PayerAnswer, PayerRequest, SentDocuments
from priorbus.fhir_pas.ports import PayerConnector


@dataclass(frozen=True, slots=True)
class TenantPayers:
    """Satisfies `PayerConnector`. Without a sandbox, a tenant without an endpoint reaches nobody."""

    endpoints: Endpoints
    remote: PayerConnector
    sandbox: PayerConnector | None

    async def channel(self, tenant: str) -> str:
        return await (await self._of(tenant)).channel(tenant)

    async def discover(self, request: PayerRequest) -> tuple[InformationRequest, ...]:
        return await (await self._of(request.tenant)).discover(request)

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        return await (await self._of(request.tenant)).decide(request)

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        return await (await self._of(request.tenant)).poll(request, step)

    async def settle(self, request: PayerRequest, occasion: Occasion, elapsed: timedelta) -> PayerAnswer:
        return await (await self._of(request.tenant)).settle(request, occasion, elapsed)

    async def hear(self, request: PayerRequest, response: Resource, bundle: Resource) -> PayerAnswer:
        return await (await self._of(request.tenant)).hear(request, response, bundle)

    async def review(self, request: PayerRequest, documents: SentDocuments) -> PayerAnswer:
        return await (await self._of(request.tenant)).review(request, documents)

    async def _of(self, tenant: str) -> PayerConnector:
        if self.sandbox is None or await self.endpoints.of(tenant) is not None:
            return self.remote
        return self.sandbox
