"""Which documents a case needs, from every source (authorizations.md 5.6.4 and 5.6.5)."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from priorbus.contracts.authorizations import PayerRequest
from priorbus.requirements.domain.questionnaire.compiled import CompiledTemplate
from priorbus.requirements.domain.questionnaire.current import current_text, is_required
from priorbus.requirements.domain.questionnaire.results import Circumstances, DocumentDemand
from priorbus.requirements.domain.questionnaire.standing import Standing

GENERAL_TYPES: Final = frozenset(
    {
        "clinical_notes",
        "physician_order",
        "medical_necessity_letter",
        "prescription",
        "lab_results",
        "imaging_report",
        "treatment_plan",
        "prior_treatment_history",
        "insurance_card",
        "other",
    }
)
"""Document types that every case accepts (6.1.4)."""


def known_document_types(compiled: CompiledTemplate, payer_requests: tuple[PayerRequest, ...]) -> frozenset[str]:
    """The document types that an attachment of this case may name (6.1.4): general ones, and any named by template or payer request."""
    return GENERAL_TYPES.union(
        (document.requirement.type for document in compiled.documents),
        (item.document_type for item in compiled.attachment_items),
        chain.from_iterable(request.document_types for request in payer_requests),
    )


def demands(compiled: CompiledTemplate, standing: Standing, circumstances: Circumstances) -> list[DocumentDemand]:
    """Every required document type once, by type. Of several sources the first unsatisfied one gives the message."""
    provided = set(chain.from_iterable(attachment.document_types for attachment in circumstances.attachments))
    found: dict[str, DocumentDemand] = {}
    for document_type, message in _required(compiled, standing, circumstances):
        _demand(found, DocumentDemand(document_type, message, document_type in provided))
    for request in circumstances.payer_requests:
        newer = _provided_since(request, circumstances)
        for document_type in request.document_types:
            _demand(found, DocumentDemand(document_type, request.message, document_type in newer))
    return [found[document_type] for document_type in sorted(found)]


def _demand(found: dict[str, DocumentDemand], demand: DocumentDemand) -> None:
    known = found.get(demand.type)
    if known is None or (known.satisfied and not demand.satisfied):
        found[demand.type] = demand


def _required(compiled: CompiledTemplate, standing: Standing, circumstances: Circumstances) -> Iterator[tuple[str, str]]:
    cells = standing.cells
    for document in compiled.documents:
        if document.required_if is None or document.required_if(cells, 0):
            yield document.requirement.type, document.requirement.message
    for item in compiled.attachment_items:
        if (item.cell, 0) not in standing.inactive and is_required(item, cells, 0):
            yield item.document_type, current_text(item, cells, 0) or item.item.text
    for finding in circumstances.findings:
        yield finding.document_type, finding.message


def _provided_since(request: PayerRequest, circumstances: Circumstances) -> set[str]:
    newer = (attachment for attachment in circumstances.attachments if attachment.created_at > request.requested_at)
    return set(chain.from_iterable(attachment.document_types for attachment in newer))
