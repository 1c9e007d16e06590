"""Preparing a confirmed case: its Bundle, whether that is a valid PAS request, and what the payer will want (fhir-pas.md 24, step 1)."""

from dataclasses import dataclass

from priorbus.contracts.authorizations import Authorization, Finding
from priorbus.fhir_pas.domain.bases import PAS_2_2
from priorbus.fhir_pas.domain.claim_bundle.build import request_bundle
from priorbus.fhir_pas.domain.claim_bundle.urls import file_url
from priorbus.fhir_pas.domain.fhir_json import Resource, dump, parse
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.payer import InformationRequest
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.validation import Rejection, check_references, validate_bundle

STRICT = Strictness(PAS_2_2, {"V-6": "off"})
"""Strict 2.2, but for document data: whoever sends the Bundle to a payer puts the bytes in."""


@dataclass(frozen=True, slots=True)
class Package:
    """A Bundle in the form that is sent, and its parsed content."""

    bundle: Resource
    text: bytes


class UnfitBundleError(Exception):
    """The Bundle made of a case is no valid PAS request: a fault of builder or template, for requirements guard answers.

    The text names rules and paths only.
    """

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        errors = (f"{issue.rule} {issue.expression}" for issue in issues if issue.severity == "error")
        super().__init__("; ".join(errors))


def package(authorization: Authorization, attempt: int, public_base: str, sent: bytes | None) -> Package:
    """The Bundle of one attempt; `sent` is what the payer received last for this case."""
    prior = parse(sent) if sent is not None and authorization.receipt is not None else None
    bundle = request_bundle(authorization, attempt, public_base, prior)
    return Package(bundle, dump(bundle))


def check(package: Package) -> None:
    """Strict validation. Raises UnfitBundleError."""
    outcome = validate_bundle(package.bundle, STRICT)
    issues = outcome if isinstance(outcome, Rejection) else check_references(outcome, STRICT)
    if isinstance(issues, Rejection):
        raise UnfitBundleError(issues.issues)


def attached_files(authorization: Authorization, public_base: str) -> dict[str, str]:
    """The storage keys of the attached files by the URL that the Bundle names them by."""
    return {file_url(public_base, one.file_id): one.storage_key for one in authorization.attachments}


def new_findings(authorization: Authorization, wanted: tuple[InformationRequest, ...]) -> tuple[Finding, ...]:
    """What the case has not on record yet (authorizations.md 4.3.4)."""
    recorded = {finding.document_type for finding in authorization.findings}
    found = (Finding(document_type=kind, message=one.message) for one in wanted for kind in one.document_types)
    return tuple(finding for finding in found if finding.document_type not in recorded)
