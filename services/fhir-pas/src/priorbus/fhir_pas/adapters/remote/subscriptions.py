"""Our Subscription at a remote endpoint: found again, made, or brought back from an error (fhir-pas.md 14, 22)."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from priorbus.contracts.commands.fhir_payers import callback_credential
from priorbus.fhir_pas.adapters.remote.calls import RemoteCalls, Reply
from priorbus.fhir_pas.domain.fhir_json import Resource, dump
from priorbus.fhir_pas.domain.remote.endpoint import PayerEndpoint
from priorbus.fhir_pas.domain.remote.subscribing import PayerSubscription, adopted, at_the_payer, callback_url, subscription_resource
from priorbus.fhir_pas.ports import PayerUnreachable
from priorbus.runtime.sealing import Sealer

_BAD_REQUEST, _NOT_FOUND, _GONE = 400, 404, 410
_LIVE: Final = frozenset({"requested", "active"})


@dataclass(frozen=True, slots=True)
class RemoteSubscriptions:
    """Satisfies `PayerSubscriptions`. A process that dies after it has made one finds it by the callback URL, which is no other's."""

    calls: RemoteCalls
    sealer: Sealer
    public_base: str

    async def keep(self, endpoint: PayerEndpoint, tenant: str) -> PayerSubscription:
        wanted = endpoint.subscription
        if wanted is None:
            raise ValueError("this endpoint is to have no Subscription")
        shown = await self._shown(endpoint, wanted)
        if shown is None:
            fresh = wanted.model_copy(update={"remote_id": None})
            shown = await self._write("POST", endpoint, "Subscription", fresh, tenant)
        elif shown.get("status") not in _LIVE:
            found = at_the_payer(wanted, shown)
            shown = await self._write("PUT", endpoint, f"Subscription/{found.remote_id}", found, tenant)
        return at_the_payer(wanted, shown)

    async def _shown(self, endpoint: PayerEndpoint, wanted: PayerSubscription) -> Resource | None:
        """How the payer has it now."""
        if wanted.remote_id is None:
            url = callback_url(self.public_base, wanted)
            bundle = _read(await self.calls.call("GET", endpoint, f"Subscription?url={quote(url, safe='')}"))
            return adopted((one.get("resource", {}) for one in bundle.get("entry", ())), url)
        reply = await self.calls.call("GET", endpoint, f"Subscription/{wanted.remote_id}")
        if reply.status in (_NOT_FOUND, _GONE):
            return None
        shown = _read(reply)
        return None if shown.get("status") == "off" else shown

    async def _write(self, method: str, endpoint: PayerEndpoint, path: str, wanted: PayerSubscription, tenant: str) -> Resource:
        secret = self.sealer.seal(callback_credential(tenant, wanted.id)).decode()
        body = dump(subscription_resource(wanted, self.public_base, secret))
        written = _read(await self.calls.call(method, endpoint, path, body))
        if not isinstance(written.get("id"), str):
            raise PayerUnreachable("the payer did not show the Subscription")
        return written


def _read(reply: Reply) -> Resource:
    if reply.status >= _BAD_REQUEST:
        raise PayerUnreachable(f"the payer answered {reply.status} about the Subscription")
    return reply.content
