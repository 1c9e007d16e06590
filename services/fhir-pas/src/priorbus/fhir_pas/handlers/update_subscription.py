"""Update: https://hl7.org/fhir/R4/http.html#update (fhir-pas.md 14.2, 14.4)."""

from dataclasses import dataclass

from priorbus.contracts.commands.fhir_subscriptions import UpdateSubscription
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.facts.fhir_pas import SubscriptionEnded
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.resources import StoredResource, stored_form
from priorbus.fhir_pas.domain.subscriptions.state import SubscriptionState, kept, requested, switched_off
from priorbus.fhir_pas.domain.subscriptions.wanted import HIDDEN, Wanted
from priorbus.fhir_pas.handlers.fhir_replies import answered, declined
from priorbus.fhir_pas.handlers.read_resource import DELETED, NOT_THERE, version_headers
from priorbus.fhir_pas.handlers.subscription_body import Checked, checked, content_of
from priorbus.fhir_pas.handlers.subscription_tools import SubscriptionTools, own, put_version
from priorbus.fhir_pas.subscription_collections import SUBSCRIPTION_STATES
from priorbus.runtime.handling import Context, LastingRefusal, Result
from priorbus.runtime.work import Reader

STALE = Issue("", "error", "conflict", "Version is not current", "If-Match names another version", "")
_OTHER_ID = Issue("", "error", "invalid", "Other id", "the id in the body is not the id in the URL", "Subscription.id")
_STATUS = Issue("", "error", "value", "Status can not be set", "expected requested, active or off", "Subscription.status")


@dataclass(frozen=True, slots=True)
class UpdateSubscriptionHandler:
    """A new receiver, filter or wish to go on asks for a handshake; everything else only changes the resource."""

    tools: SubscriptionTools

    async def observe(self, command: UpdateSubscription, envelope: Envelope, reader: Reader) -> Checked | LastingRefusal:
        """The rules are those of the base on which it was created."""
        state = await reader.get(SUBSCRIPTION_STATES, envelope.tenant, command.subscription_id)
        base = state.base if state is not None else command.base
        return await checked(command, base, envelope.tenant, reader, self.tools)

    async def handle(self, command: UpdateSubscription, context: Context) -> Result | Refusal:
        known = await own(context, command.subscription_id)
        state = await context.work.get(SUBSCRIPTION_STATES, context.tenant, command.subscription_id)
        refusal = self._refusal(known, command)
        if refusal is not None or known is None or state is None:
            return refusal
        body: Checked | LastingRefusal = context.observed
        if isinstance(body, LastingRefusal):
            return body
        if body.resource.get("id", command.subscription_id) != command.subscription_id:
            return declined(400, (_OTHER_ID,), self.tools.public_base)
        if body.resource["status"] == "error":
            return declined(422, (_STATUS,), self.tools.public_base)
        after = self._after(state, body, context)
        content = content_of(body, command.subscription_id, after.status)
        version = put_version(context, known, content, known.client)
        context.work.put(SUBSCRIPTION_STATES, context.tenant, after)
        if after.status == "off" and state.status != "off":
            context.work.publish(SubscriptionEnded(subject_id=after.id, version=version.version_id, events=()))
        return answered(200, stored_form(version, content, created_url=body.created_url), **version_headers(version))

    def _refusal(self, known: StoredResource | None, command: UpdateSubscription) -> LastingRefusal | None:
        if known is None:
            return declined(404, (NOT_THERE,), self.tools.public_base)
        if known.deleted:
            return declined(410, (DELETED,), self.tools.public_base)
        if command.if_match is not None and command.if_match != known.version_id:
            return declined(412, (STALE,), self.tools.public_base)
        return None

    def _after(self, state: SubscriptionState, body: Checked, context: Context) -> SubscriptionState:
        asked = body.wanted
        before = [self.tools.sealer.open(line) for line in state.channel.header]
        lines = tuple(_meant(line, before) for line in asked.header)
        sealed = state.channel.header if list(lines) == before else tuple(map(self.tools.sealer.seal, lines))
        changed = state.model_copy(
            update={
                "channel": asked.channel.model_copy(update={"header": sealed}),
                "filters": asked.filters,
                "end": asked.end if asked.end is not None and asked.end > context.now else None,
            }
        )
        if body.resource["status"] == "off":
            return switched_off(changed)
        same = _same_receiver(state, asked) and sealed == state.channel.header
        if same and state.status == "active" and body.resource["status"] == "active":
            return kept(changed, context.now)
        return requested(changed, context.now)


def _same_receiver(state: SubscriptionState, asked: Wanted) -> bool:
    names = ("endpoint", "payload", "content")
    return state.filters == asked.filters and all(getattr(state.channel, name) == getattr(asked.channel, name) for name in names)


def _meant(line: str, before: list[str]) -> str:
    """The line, or the one that is kept where the client sends back what it was shown."""
    name, _, value = line.partition(":")
    if value.strip() != HIDDEN:
        return line
    return next((one for one in before if one.partition(":")[0] == name), line)
