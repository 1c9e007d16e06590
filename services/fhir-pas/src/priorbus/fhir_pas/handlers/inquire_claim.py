"""`Claim/$inquire` (fhir-pas.md 13): query by example over the heads of authorizations."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from priorbus.contracts.commands.fhir_pas import InquireClaim
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.aggregates import RESOURCES
from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_bundle.elements import entry
from priorbus.fhir_pas.domain.fhir_json import Resource, dump
from priorbus.fhir_pas.domain.identity import urn_of
from priorbus.fhir_pas.domain.inquiry import (
    Request,
    fits,
    identifier_keys_of,
    member_keys_of,
    npis,
    reference_number_keys,
    same_payer,
)
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.response_bundle import entries, own_identifier, response_bundle
from priorbus.fhir_pas.domain.validation import Rejection, check_references, validate_submission
from priorbus.fhir_pas.handlers.bodies import body_of, rejected, reply
from priorbus.fhir_pas.handlers.considering import NO_BASE, stored_references
from priorbus.fhir_pas.handlers.opening import Opened, open_head
from priorbus.fhir_pas.handlers.tools import Tools, tenant_tools
from priorbus.runtime.handling import Context, Observer, Result
from priorbus.runtime.work import Reader

_MOST = 50
_UNKNOWN_MEMBER = Rejection(
    422,
    (Issue("Q-1", "error", "required", "Inquiry needs the patient", "no identifier of the member", "Bundle.entry[0].resource.patient"),),
)
_NOT_YOURS = Rejection(
    403, (Issue("", "error", "forbidden", "Provider is not yours", "the NPI is not registered", "Bundle.entry[0].resource.provider"),)
)


def observing(tools: Tools) -> Observer:
    """The whole operation: it writes nothing."""
    return partial(inquire, tools=tools)


async def inquire_claim(_: InquireClaim, context: Context) -> Result | Refusal:
    """Hand out what was found."""
    answer: dict[str, Any] | Refusal = context.observed
    return answer


async def inquire(command: InquireClaim, envelope: Envelope, reader: Reader, *, tools: Tools) -> dict[str, Any] | Refusal:
    """Validate, find, render."""
    tools = await tenant_tools(envelope.tenant, reader, tools)
    base = tools.terms.base(command.base)
    if base is None:
        return rejected(NO_BASE, tools.terms.public_base)
    strictness = tools.terms.strictness(base)
    validated = validate_submission(await body_of(command, tools.bodies), strictness, "inquire")
    if isinstance(validated, Rejection):
        return rejected(validated, tools.terms.public_base)
    stored = await stored_references(base, validated.links, envelope, reader)
    warnings = check_references(validated, strictness, stored=stored)
    if isinstance(warnings, Rejection):
        return rejected(warnings, tools.terms.public_base)
    inquiry = Request(validated.bundle, validated.links)
    keys = identifier_keys_of(inquiry) if base.release == "seed" else []
    keys = keys or member_keys_of(inquiry)
    if not keys:
        return rejected(_UNKNOWN_MEMBER, tools.terms.public_base)
    asked = npis(inquiry, with_team=False)
    if command.npis and asked and not asked & frozenset(command.npis):
        return rejected(_NOT_YOURS, tools.terms.public_base)
    found = await _matches(inquiry, keys, envelope, reader, tools)
    body = await _rendered(found, inquiry, base, envelope, reader, tools)
    counted = {"X-Validation-Warnings": str(len(warnings))} if warnings else {}
    return reply(200, dump(body), **counted)


async def _matches(inquiry: Request, keys: Sequence[str], envelope: Envelope, reader: Reader, tools: Tools) -> list[Opened]:
    numbers = reference_number_keys(inquiry.claim)
    asked = npis(inquiry, with_team=False)
    found = []
    for authorization in await tools.index.find(envelope.tenant, keys, _MOST):
        if numbers and not numbers & frozenset(authorization.keys):
            continue
        opened = await open_head(authorization, envelope.tenant, reader, tools)
        if opened is not None and _fits(opened, inquiry, asked, envelope.client):
            found.append(opened)
    return found


def _fits(opened: Opened, inquiry: Request, asked: frozenset[str], client: str) -> bool:
    stored = Request(opened.bundle, opened.links)
    mine = opened.authorization.client == client
    if not mine and not asked & npis(stored, with_team=True):
        return False
    return same_payer(inquiry, stored) and fits(inquiry.claim, stored.claim, opened.answer)


async def _rendered(found: Sequence[Opened], inquiry: Request, base: Base, envelope: Envelope, reader: Reader, tools: Tools) -> Resource:
    """Parameters with a Bundle each on 2.2, else one Bundle."""
    parts = [await _entries(opened, base, envelope, reader, tools) for opened in found]
    own = own_identifier(found[0].scene(tools.terms.public_base)) if found else {"value": envelope.id}
    if base.release == "2.2":
        bundles = [response_bundle(inquiry.bundle, part, own, envelope.time, inquiry=True) for part in parts]
        return {
            "resourceType": "Parameters",
            **({"parameter": [{"name": "return", "resource": one} for one in bundles]} if bundles else {}),
        }
    if not parts:
        none = {"severity": "information", "code": "not-found", "diagnostics": "No authorization answers the inquiry."}
        nothing = {"resourceType": "OperationOutcome", "issue": [none]}
        parts = [[entry(urn_of("not-found", envelope.id), nothing)]]
    ordered = [*(part[0] for part in parts), *(one for part in parts for one in part[1:])]
    return response_bundle(inquiry.bundle, ordered, own, envelope.time, inquiry=True)


async def _entries(opened: Opened, base: Base, envelope: Envelope, reader: Reader, tools: Tools) -> list[Resource]:
    scene = opened.scene(tools.terms.public_base)
    stored = {}
    if base.release == "seed":
        for key in (*scene.keys, f"ClaimResponse/{scene.response_id}"):
            resource = await reader.get(RESOURCES, envelope.tenant, key)
            if resource is not None:
                stored[key] = resource
    shown = entries(scene, base, stored, inquiry=True)
    if base.release != "seed" and tools.terms.include_claim:
        shown.append(entry(scene.url(0), scene.claim))
    return shown
