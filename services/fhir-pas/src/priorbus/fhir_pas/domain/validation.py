"""The phases of validation of a `$submit` request (fhir-pas.md 5)."""

from dataclasses import dataclass, replace

from priorbus.fhir_pas.domain.fhir_json import MalformedJsonError, Resource, parse
from priorbus.fhir_pas.domain.issues import Issue, capped, errors
from priorbus.fhir_pas.domain.limits import LIMITS, Limits
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.profile.tables import Operation, rule_issues
from priorbus.fhir_pas.domain.references import Links, link_entries, reference_issues
from priorbus.fhir_pas.domain.structure.check import check_structure

_INPUT = Issue("S-10", "error", "invalid", "Wrong input", "the body of this operation is a Bundle", "")
_BAD_REQUEST, _UNPROCESSABLE = 400, 422


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a request is refused: the status and the issues of the phase that refused it, its warnings included.

    `code` is the one of the error registry where the status has several.
    """

    status: int
    issues: tuple[Issue, ...]
    code: str = ""


@dataclass(frozen=True, slots=True)
class Validated:
    """A Bundle that may be processed, its references by entry, and the warnings so far (those on references are still to come)."""

    bundle: Resource
    links: Links
    warnings: tuple[Issue, ...]


def validate_submission(
    body: str | bytes, strictness: Strictness, operation: Operation = "submit", limits: Limits = LIMITS
) -> Validated | Rejection:
    """Phases 1 to 4, and the resolution for phase 5."""
    try:
        bundle = parse(body)
    except MalformedJsonError as error:
        return Rejection(_BAD_REQUEST, (error.issue,))
    return validate_bundle(bundle, strictness, operation, limits)


def validate_bundle(
    bundle: Resource, strictness: Strictness, operation: Operation = "submit", limits: Limits = LIMITS
) -> Validated | Rejection:
    """Phases 2 to 4 for a request that is parsed already."""
    if bundle["resourceType"] != "Bundle":
        return Rejection(_UNPROCESSABLE, (replace(_INPUT, expression=str(bundle["resourceType"])),))
    structure = check_structure(bundle, modifiers=strictness.setting("S-9", "E W"), blanks=strictness.setting("S-8", "W W"))
    if errors(structure.issues):
        return Rejection(_UNPROCESSABLE, capped(structure.issues))
    links = link_entries(bundle, structure.references)
    found = (*_too_costly(bundle, limits), *rule_issues(bundle, links, strictness, operation))
    if errors(found):
        return Rejection(_UNPROCESSABLE, capped(found))
    return Validated(bundle, links, (*structure.issues, *found))


def check_references(
    validated: Validated, strictness: Strictness, *, stored: frozenset[str] = frozenset()
) -> tuple[Issue, ...] | Rejection:
    """Phase 5: all warnings of the request, or its rejection. `stored` as in `reference_issues`."""
    found = tuple(reference_issues(validated.links, len(validated.bundle["entry"]), strictness, stored=stored))
    if errors(found):
        return Rejection(_UNPROCESSABLE, capped(found))
    return (*validated.warnings, *found)


def _too_costly(bundle: Resource, limits: Limits) -> tuple[Issue, ...]:
    entries = bundle.get("entry", ())
    items = sum(len(entry.get("resource", {}).get("item", ())) for entry in entries)
    if len(entries) <= limits.entries and items <= limits.items:
        return ()
    diagnostics = f"at most {limits.entries} entries and {limits.items} items"
    return (Issue("", "error", "too-costly", "Request is too large", diagnostics, "Bundle.entry"),)
