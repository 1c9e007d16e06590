"""What the handlers of Subscriptions are given, and what they share."""

from dataclasses import dataclass
from datetime import timedelta

from priorbus.fhir_pas.aggregates import RESOURCE_HISTORY, RESOURCES
from priorbus.fhir_pas.domain.fhir_json import Resource, parse
from priorbus.fhir_pas.domain.resources import StoredResource, next_version
from priorbus.fhir_pas.domain.subscriptions.state import Status
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.fhir_pas.ports import Receivers, SubscriptionIndex
from priorbus.runtime.handling import Context
from priorbus.runtime.sealing import Sealer


@dataclass(frozen=True, slots=True)
class SubscriptionTools:
    """`tools` are those of the operations; `handshake_patience` is how long a receiver may take to answer a handshake."""

    tools: Tools
    index: SubscriptionIndex
    receivers: Receivers
    sealer: Sealer
    handshake_patience: timedelta = timedelta(minutes=10)

    @property
    def public_base(self) -> str:
        """The public origin."""
        return self.tools.terms.public_base


async def own(context: Context, subscription_id: str) -> StoredResource | None:
    """The caller's Subscription, deleted ones included; for others it does not exist (fhir-pas.md 14.1)."""
    found = await context.work.get(RESOURCES, context.tenant, f"Subscription/{subscription_id}")
    return found if found is not None and found.client == context.envelope.client else None


def put_version(context: Context, known: StoredResource | None, content: Resource, client: str) -> StoredResource:
    """The version with this content, put unless nothing changed."""
    version = next_version(known, content, client, context.now)
    if version is not known:
        _keep(context, known)
        context.work.put(RESOURCES, context.tenant, version)
    return version


def put_tombstone(context: Context, known: StoredResource) -> StoredResource:
    """The version that says that it was deleted."""
    _keep(context, known)
    version = known.model_copy(update={"version_id": known.version_id + 1, "deleted": True, "last_updated": context.now})
    context.work.put(RESOURCES, context.tenant, version)
    return version


async def put_status(context: Context, subscription_id: str, status: Status, error: str | None = None) -> StoredResource | None:
    """The resource with another status; `error` tells the client why."""
    known = await context.work.get(RESOURCES, context.tenant, f"Subscription/{subscription_id}")
    if known is None or known.deleted:
        return None
    content = {**parse(known.content), "status": status}
    content.pop("error", None)
    return put_version(context, known, content | ({"error": error} if error else {}), known.client)


def _keep(context: Context, known: StoredResource | None) -> None:
    if known is not None:
        context.work.put(RESOURCE_HISTORY, context.tenant, known)
