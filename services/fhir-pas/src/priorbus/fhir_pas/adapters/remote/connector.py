"""The payer port played by a remote PAS endpoint: the same request goes out with the same bytes, however often it is sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from priorbus.fhir_pas.adapters.remote.calls import RemoteCalls
from priorbus.fhir_pas.domain.fhir_json import Resource, dump, parse
from priorbus.fhir_pas.domain.identity import number_of
from priorbus.fhir_pas.domain.late_answers import has_pended
from priorbus.fhir_pas.domain.payer import (
    OPEN_ACTIONS,
    InformationRequest,
    ItemDecision,
    Occasion,
    PayerAnswer,
    PayerRequest,
    SentDocuments,
)
from priorbus.fhir_pas.domain.remote.answers import answer_in, rejection, responses
from priorbus.fhir_pas.domain.remote.attachments import attachment_call, trackings
from priorbus.fhir_pas.domain.remote.documents import with_data
from priorbus.fhir_pas.domain.remote.endpoint import PayerEndpoint
from priorbus.fhir_pas.domain.remote.inquiries import about, inquiry_bundle
from priorbus.fhir_pas.ports import PayerUnreachable, RequestBodies

_BAD_REQUEST = 400
log = structlog.get_logger()


class Endpoints(Protocol):
    """Where a tenant's requests go."""

    async def of(self, tenant: str) -> PayerEndpoint | None:
        """The tenant's endpoint, None when it has none."""


@dataclass(frozen=True, slots=True)
class RemotePayer:
    """Satisfies `PayerConnector` for tenants that have an endpoint; `objects` holds the bytes of attached files."""

    endpoints: Endpoints
    calls: RemoteCalls
    objects: RequestBodies
    clock: Callable[[], datetime]

    async def channel(self, tenant: str) -> str:
        return "fhir_pas"

    async def discover(self, request: PayerRequest) -> tuple[InformationRequest, ...]:
        """A PAS endpoint is not asked ahead."""
        return ()

    async def decide(self, request: PayerRequest) -> PayerAnswer:
        endpoint = await self._endpoint(request)
        if request.again and (known := await self._inquire(request, endpoint)) is not None:
            return known
        reply = await self.calls.post(endpoint, "Claim/$submit", await self._body(request))
        if reply.status >= _BAD_REQUEST:
            return self._rejected(reply.content)
        found = next(responses(reply.content), None)
        if found is None:
            raise PayerUnreachable("the payer's answer holds no ClaimResponse")
        return _read(*found, request, endpoint)

    async def poll(self, request: PayerRequest, step: int) -> PayerAnswer:
        endpoint = await self._endpoint(request)
        answer = await self._inquire(request, endpoint)
        if answer is None or _says_nothing(answer):
            return PayerAnswer(poll_after=endpoint.interval)
        return answer

    async def settle(self, request: PayerRequest, occasion: Occasion, elapsed: timedelta) -> PayerAnswer:
        if occasion == "operator":
            return PayerAnswer()
        endpoint = await self._endpoint(request)
        answer = await self._inquire(request, endpoint)
        items = () if answer is None else tuple(one for one in answer.items if one.action not in OPEN_ACTIONS)
        return PayerAnswer(items=items, poll_after=endpoint.interval)

    async def review(self, request: PayerRequest, documents: SentDocuments) -> PayerAnswer:
        endpoint = await self._endpoint(request)
        body = await self.objects.read(documents.body_key) if documents.body_key else documents.body
        if body is not None:
            await self._forward(request, endpoint, parse(body))
        if not documents.final:
            return PayerAnswer()
        try:
            return await self.settle(request, "attachments", timedelta(0))
        except PayerUnreachable:  # the payer has the documents: the next inquiry brings its word
            return PayerAnswer()

    async def hear(self, request: PayerRequest, response: Resource, bundle: Resource) -> PayerAnswer:
        answer = _read(response, bundle, request, await self._endpoint(request))
        return PayerAnswer(poll_after=answer.poll_after) if request.origin == "authorization" and _says_nothing(answer) else answer

    async def _forward(self, request: PayerRequest, endpoint: PayerEndpoint, call: Resource) -> None:
        """The same call gives the same bytes however often it is sent, and the payer takes them as one."""
        bundle = parse(request.bundle)
        known = await self._find(request, bundle, endpoint)
        for tracking in trackings(None if known is None else known[0], bundle, call):
            reply = await self.calls.post(endpoint, "$submit-attachment", dump(attachment_call(call, tracking)))
            if reply.status < _BAD_REQUEST:
                return
            log.warning("payer refused attachments", status=reply.status, tenant=request.tenant)

    async def _endpoint(self, request: PayerRequest) -> PayerEndpoint:
        endpoint = await self.endpoints.of(request.tenant)
        if endpoint is None:
            raise PayerUnreachable("the tenant has no payer endpoint")
        return endpoint

    async def _body(self, request: PayerRequest) -> bytes:
        if not request.files:
            return request.bundle
        contents: Mapping[str, bytes] = {url: await self.objects.read(key) for url, key in request.files.items()}
        return dump(with_data(parse(request.bundle), contents))

    async def _inquire(self, request: PayerRequest, endpoint: PayerEndpoint) -> PayerAnswer | None:
        """What the payer knows of the request, None when it knows nothing."""
        found = await self._find(request, parse(request.bundle), endpoint)
        return None if found is None else _read(*found, request, endpoint)

    async def _find(self, request: PayerRequest, bundle: Resource, endpoint: PayerEndpoint) -> tuple[Resource, Resource] | None:
        """The payer's ClaimResponse about the request, with its Bundle."""
        reply = await self.calls.post(endpoint, "Claim/$inquire", dump(inquiry_bundle(bundle, request, self.clock())))
        if reply.status >= _BAD_REQUEST:
            return None
        return about(request, bundle, responses(reply.content))

    def _rejected(self, content: Resource) -> PayerAnswer:
        if content.get("resourceType") != "OperationOutcome":
            raise PayerUnreachable("the payer refused without an OperationOutcome")
        return rejection(content)


def _read(response: Resource, bundle: Resource, request: PayerRequest, endpoint: PayerEndpoint) -> PayerAnswer:
    answer = answer_in(response, bundle, (line.sequence for line in request.lines))
    items = tuple(_referenced(item, request) for item in answer.items)
    named = answer.reference if request.origin == "fhir" else next((item.reference for item in items if item.reference), answer.reference)
    waits = endpoint.interval if has_pended(answer) else None
    return replace(answer, items=items, reference=named, poll_after=waits)


def _referenced(item: ItemDecision, request: PayerRequest) -> ItemDecision:
    """A pended item has a reference, also when the payer gave none."""
    if item.action not in OPEN_ACTIONS or item.reference:
        return item
    return replace(item, reference=number_of("PEND", request.identifier, str(item.sequence)))


def _says_nothing(answer: PayerAnswer) -> bool:
    return not answer.wanted and has_pended(answer)
