"""The Subscription resource in a request: read and checked before the transaction (fhir-pas.md 14.1)."""

from dataclasses import dataclass

from priorbus.contracts.commands.fhir_subscriptions import CreateSubscription, UpdateSubscription
from priorbus.fhir_pas.domain.bases import FHIR
from priorbus.fhir_pas.domain.fhir_json import MalformedJsonError, Resource, parse
from priorbus.fhir_pas.domain.issues import Issue, capped, errors
from priorbus.fhir_pas.domain.profile.elements import Comparison
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.structure.check import check_structure
from priorbus.fhir_pas.domain.subscriptions.wanted import Wanted, issues, owned, shown_header, wanted
from priorbus.fhir_pas.handlers.fhir_replies import declined
from priorbus.fhir_pas.handlers.request_body import request_text
from priorbus.fhir_pas.handlers.subscription_tools import SubscriptionTools
from priorbus.fhir_pas.handlers.tools import tenant_terms
from priorbus.fhir_pas.ports import EndpointForbidden
from priorbus.runtime.handling import LastingRefusal
from priorbus.runtime.work import Reader

_BAD_REQUEST, _FORBIDDEN, _UNPROCESSABLE = 400, 403, 422
_INPUT = Issue("S-10", "error", "invalid", "Wrong input", "the body is a Subscription", "")
_NOT_OWNED = Issue(
    "N-3", "error", "forbidden", "Identifier is not yours", "a value is not registered for the client", "Subscription.criteria.extension"
)
_ENDPOINT = Issue("N-6", "error", "value", "Endpoint is not allowed", "expected a public https URL", "Subscription.channel.endpoint")


@dataclass(frozen=True, slots=True)
class Checked:
    """A resource that keeps to all rules, what it asks for, and the tenant's `created_url` (`domain.terms`)."""

    resource: Resource
    wanted: Wanted
    created_url: str


async def checked(
    command: CreateSubscription | UpdateSubscription, base: str, tenant: str, reader: Reader, tools: SubscriptionTools
) -> Checked | LastingRefusal:
    """The body, by the rules of the base, or why it is refused. Raises TransientError when the object store is away."""
    terms = await tenant_terms(tenant, reader, tools.tools.terms)
    text = await request_text(command.request, tools.tools.bodies)
    try:
        resource = parse(text)
    except MalformedJsonError as error:
        return declined(_BAD_REQUEST, (error.issue,), tools.public_base)
    found = _issues(resource, terms.strictness(terms.base(base) or FHIR))
    if found:
        return declined(_UNPROCESSABLE, capped(found), tools.public_base)
    asked = wanted(resource)
    if terms.owned_filters and not owned(asked.filters, command.caller.registered):
        return declined(_FORBIDDEN, (_NOT_OWNED,), tools.public_base, "identifier_not_owned")
    try:
        await tools.receivers.check(asked.channel.endpoint, terms.exempt_hosts)
    except EndpointForbidden:
        return declined(_UNPROCESSABLE, (_ENDPOINT,), tools.public_base)
    return Checked(resource, asked, terms.created_url)


def content_of(body: Checked, subscription_id: str, status: str) -> Resource:
    """The resource as it is kept and shown: with the server's id and status, and header lines without their values."""
    channel = dict(body.resource["channel"])
    if body.wanted.header:
        channel["header"] = shown_header(body.wanted.header)
    content = {name: value for name, value in body.resource.items() if name != "error"}
    return {**content, "id": subscription_id, "status": status, "channel": channel}


def _issues(resource: Resource, strictness: Strictness) -> tuple[Issue, ...]:
    if resource["resourceType"] != "Subscription":
        return (_INPUT,)
    structure = errors(check_structure(resource, modifiers=strictness.severity("S-9", "E W")).issues)
    if structure:
        return structure
    comparison = Comparison(strictness)
    comparison.resource(resource, "profile-subscription", "Subscription")
    return (*issues(resource, strictness.base), *errors(comparison.issues))
