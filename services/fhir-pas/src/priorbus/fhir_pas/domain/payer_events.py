"""What a tester lets the sandbox payer say, in the payer port's words (authorizations.md 11.3): the way back of `domain.evidence`."""

from priorbus.contracts.commands.requirements import Evidence
from priorbus.fhir_pas.domain.payer import Action, BusinessError, InformationRequest, ItemDecision, PayerAnswer, PayerRequest

_ACTIONS: dict[str, Action] = {"receipt": "A4", "approved": "A1", "modified": "A6", "denied": "A3", "not_required": "NA"}


def answer_of(evidence: Evidence, request: PayerRequest) -> PayerAnswer:
    """The answer that makes this evidence, for every line of the request."""
    reference = evidence.reference_number
    if evidence.kind == "failure":
        note = evidence.failure.message if evidence.failure else None
        return PayerAnswer(error=BusinessError("33", "C", "The payer rejected the request", note=note), reference=reference)
    if evidence.kind == "information_request":
        return PayerAnswer(information=InformationRequest(evidence.message or "", evidence.document_types), reference=reference)
    return PayerAnswer(items=tuple(_decision(line.sequence, evidence) for line in request.lines), reference=reference)


def _decision(sequence: int, evidence: Evidence) -> ItemDecision:
    start, end = (None if moment is None else moment.date().isoformat() for moment in (evidence.effective_from, evidence.effective_to))
    return ItemDecision(
        sequence,
        _ACTIONS[evidence.kind],
        number=evidence.authorization_number,
        reference=evidence.reference_number if evidence.kind == "receipt" else None,
        note="; ".join((*evidence.modifications, *evidence.denial_reasons)) or None,
        reason_codes=tuple(code.code for code in evidence.denial_reason_codes),
        start=start,
        end=end,
    )
