"""`Claim/$inquire` (fhir-pas.md 13): query by example over the heads of authorizations."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from priorbus.contracts.commands.fhir_pas import InquireClaim
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.aggregates import RESOURCES
from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_bundle.elements import entry, given
from priorbus.fhir_pas.domain.claim_keys import patient_identifiers, wanted_keys
from priorbus.fhir_pas.domain.fhir_json import Resource, dump, parse
from priorbus.fhir_pas.domain.identity import urn_of
from priorbus.fhir_pas.domain.inquiry import (
    Request,
    fits,
    identifier_keys_of,
    is_withheld,
    member_keys_of,
    npis,
    phone_of_payer,
    reference_number_keys,
    same_payer,
)
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.profile.tables import UNKNOWN_MEMBER
from priorbus.fhir_pas.domain.response_bundle import entries, own_identifier, response_bundle
from priorbus.fhir_pas.domain.validation import Rejection, check_references, validate_submission
from priorbus.fhir_pas.handlers.bodies import body_of, rejected, reply, too_large
from priorbus.fhir_pas.handlers.considering import NO_BASE, stored_references
from priorbus.fhir_pas.handlers.keeping import keep_inquiry, keep_rejected
from priorbus.fhir_pas.handlers.opening import Opened, open_head
from priorbus.fhir_pas.handlers.tools import Tools, tenant_tools
from priorbus.runtime.handling import Context, LastingRefusal, Observer, Result
from priorbus.runtime.work import Reader

OPERATION = "Claim/$inquire"
_MOST_CANDIDATES = 200
_UNKNOWN_MEMBER = Rejection(422, (UNKNOWN_MEMBER,))
_NOT_YOURS = Rejection(
    403, (Issue("", "error", "forbidden", "Provider is not yours", "the NPI is not registered", "Bundle.entry[0].resource.provider"),)
)


def observing(tools: Tools) -> Observer:
    """The whole operation but for keeping the request."""
    return partial(inquire, tools=tools)


async def inquire_claim(command: InquireClaim, context: Context) -> Result | Refusal:
    """Hand out what was found, and keep what was asked (fhir-pas.md 17)."""
    answer: dict[str, Any] | LastingRefusal = context.observed
    if isinstance(answer, LastingRefusal):
        await keep_rejected(context, command.base, OPERATION, command, answer)
    else:
        await keep_inquiry(context, command.base, OPERATION, command)
    return answer


async def inquire(command: InquireClaim, envelope: Envelope, reader: Reader, *, tools: Tools) -> dict[str, Any] | LastingRefusal:
    """Validate, find, render."""
    tools = await tenant_tools(envelope.tenant, reader, tools)
    base = tools.terms.base(command.base)
    if base is None:
        return rejected(NO_BASE, tools.terms.public_base)
    strictness = tools.terms.strictness(base)
    raw = await body_of(command, tools.bodies)
    validated = too_large(command.size, tools.terms.limits) or validate_submission(raw, strictness, "inquire", tools.terms.limits)
    if isinstance(validated, Rejection):
        return rejected(validated, tools.terms.public_base)
    stored = await stored_references(base, validated.links, envelope.tenant, envelope.client, reader)
    warnings = check_references(validated, strictness, stored=stored)
    if isinstance(warnings, Rejection):
        return rejected(warnings, tools.terms.public_base)
    inquiry = Request(validated.bundle, validated.links)
    member = member_keys_of(inquiry) or await _stored_member(inquiry, stored, envelope, reader)
    keys = (identifier_keys_of(inquiry) if base.release == "seed" else []) or member
    if not keys:
        return rejected(_UNKNOWN_MEMBER, tools.terms.public_base)
    asked = npis(inquiry, with_team=False)
    if command.npis and asked and not asked & frozenset(command.npis):
        return rejected(_NOT_YOURS, tools.terms.public_base)
    found = await _matches(inquiry, Names(keys, frozenset(member)), envelope, reader, tools)
    body = await _rendered(found, inquiry, base, envelope, reader, tools)
    counted = {"X-Validation-Warnings": str(len(warnings))} if warnings else {}
    return {**reply(200, dump(body), **counted), "resources": [f"ClaimResponse/{one.submission.claim_response_id}" for one in found.shown]}


async def _stored_member(inquiry: Request, stored: frozenset[str], envelope: Envelope, reader: Reader) -> list[str]:
    """The keys of a patient that is not in the Bundle but in the store (resolution step 5)."""
    text = inquiry.claim.get("patient", {}).get("reference", "")
    patient = await reader.get(RESOURCES, envelope.tenant, text) if text in stored else None
    return [] if patient is None else wanted_keys(patient_identifiers(parse(patient.content).get("identifier", ())))


@dataclass(frozen=True, slots=True)
class Names:
    """What authorizations are looked up by, and what has to fit of those that other clients sent."""

    keys: Sequence[str]
    member: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """The authorizations that answer an inquiry, the newest first, and whether more are withheld (fhir-pas.md 13)."""

    shown: tuple[Opened, ...]
    withheld: bool


async def _matches(inquiry: Request, names: Names, envelope: Envelope, reader: Reader, tools: Tools) -> Found:
    numbers = reference_number_keys(inquiry.claim)
    shown: list[Opened] = []
    withheld = False
    for authorization in await tools.index.find(envelope.tenant, sorted(numbers) or names.keys, _MOST_CANDIDATES):
        if len(shown) == tools.terms.most_matches:
            break
        mine = authorization.client == envelope.client
        known = frozenset(authorization.keys)
        if known.isdisjoint(names.keys) or not (mine or known & names.member):
            continue
        opened = await open_head(authorization, envelope.tenant, reader, tools)
        if opened is None or not opened.submission.is_answered or not _fits(opened, inquiry, mine=mine):
            continue
        if not mine and is_withheld(opened.claim, tools.terms.withheld):
            withheld = True
        else:
            shown.append(opened)
    return Found(tuple(shown), withheld)


def _fits(opened: Opened, inquiry: Request, *, mine: bool) -> bool:
    """What another client has sent is for providers that take part in it."""
    stored = Request(opened.whole, opened.links)
    if not mine and not npis(inquiry, with_team=False) & npis(stored, with_team=True):
        return False
    return same_payer(inquiry, stored) and fits(inquiry.claim, stored.claim, opened.answer)


async def _rendered(found: Found, inquiry: Request, base: Base, envelope: Envelope, reader: Reader, tools: Tools) -> Resource:
    """Parameters with a Bundle each on 2.2, else one Bundle."""
    parts = [await _entries(opened, base, envelope, reader, tools) for opened in found.shown]
    own = own_identifier(found.shown[0].scene(tools.terms.public_base)) if found.shown else {"value": envelope.id}
    outcomes = [_withheld(inquiry)] if found.withheld else []
    if base.release == "2.2":
        bundles = [response_bundle(inquiry.bundle, part, own, envelope.time, inquiry=True) for part in parts]
        named = [*(("return", one) for one in bundles), *(("outcome", one) for one in outcomes)]
        return {"resourceType": "Parameters", **given(parameter=[{"name": name, "resource": one} for name, one in named])}
    if not parts and not outcomes:
        none = {"severity": "information", "code": "not-found", "diagnostics": "No authorization answers the inquiry."}
        outcomes = [{"resourceType": "OperationOutcome", "issue": [none]}]
    parts += [[entry(urn_of("outcome", envelope.id), one)] for one in outcomes]
    ordered = [*(part[0] for part in parts), *(one for part in parts for one in part[1:])]
    return response_bundle(inquiry.bundle, ordered, own, envelope.time, inquiry=True)


def _withheld(inquiry: Request) -> Resource:
    """There is more, but not for this provider."""
    phone = phone_of_payer(inquiry)
    text = f"Some authorizations are not shown; call the payer{f' at {phone}' if phone else ''}."
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "suppressed", "diagnostics": text}]}


async def _entries(opened: Opened, base: Base, envelope: Envelope, reader: Reader, tools: Tools) -> list[Resource]:
    scene = opened.scene(tools.terms.public_base)
    stored = {}
    if base.release == "seed":
        for key in (*scene.keys, f"ClaimResponse/{scene.response_id}"):
            resource = await reader.get(RESOURCES, envelope.tenant, key)
            if resource is not None:
                stored[key] = resource
    shown = entries(scene, base, stored, inquiry=True, with_tasks=tools.terms.include_tasks)
    if base.release != "seed" and tools.terms.include_claim:
        shown.append(entry(scene.url(0), scene.claim))
    return shown
