"""Create: https://hl7.org/fhir/R4/http.html#create (fhir-pas.md 14.1)."""

from dataclasses import dataclass

from priorbus.contracts.commands.fhir_subscriptions import CreateSubscription
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.domain.identity import uuid_of
from priorbus.fhir_pas.domain.resources import stored_form
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState, requested
from priorbus.fhir_pas.handlers.fhir_replies import answered
from priorbus.fhir_pas.handlers.read_resource import version_headers
from priorbus.fhir_pas.handlers.subscription_body import Checked, checked, content_of
from priorbus.fhir_pas.handlers.subscription_tools import SubscriptionTools, put_version
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_STATES
from priorbus.runtime.handling import Context, LastingRefusal, Result
from priorbus.runtime.work import Reader


@dataclass(frozen=True, slots=True)
class CreateSubscriptionHandler:
    """The handshake is sent later, when the client knows the id."""

    tools: SubscriptionTools

    async def observe(self, command: CreateSubscription, envelope: Envelope, reader: Reader) -> Checked | LastingRefusal:
        return await checked(command, command.base, envelope.tenant, reader, self.tools)

    async def handle(self, command: CreateSubscription, context: Context) -> Result | Refusal:
        body: Checked | LastingRefusal = context.observed
        if isinstance(body, LastingRefusal):
            return body
        id_ = uuid_of("subscription", context.tenant, context.envelope.id)
        content = content_of(body, id_, "requested")
        version = put_version(context, None, content, context.envelope.client)
        sealed = tuple(self.tools.sealer.seal(line) for line in body.wanted.header)
        state = SubscriptionState(
            id=id_,
            tenant=context.tenant,
            client=context.envelope.client,
            base=command.base,
            status="requested",
            channel=body.wanted.channel.model_copy(update={"header": sealed}),
            filters=body.wanted.filters,
            end=body.wanted.end if body.wanted.end is not None and body.wanted.end > context.now else None,
            created_at=context.now,
        )
        context.work.put(SUBSCRIPTION_STATES, context.tenant, requested(state, context.now))
        location = f"{self.tools.public_base}{command.base}/Subscription/{id_}/_history/{version.version_id}"
        shown = stored_form(version, content, created_url=body.created_url)
        return {**answered(201, shown, Location=location, **version_headers(version)), "resources": [f"Subscription/{id_}"]}
