"""P5: the payer asks for more (authorizations.md 4.3, 5.6)."""

from priorbus.contracts.authorizations import Authorization, PayerRequest
from priorbus.contracts.commands.requirements import Evidence
from priorbus.contracts.facts.requirements import PayerEvidenceApplied
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.recomputation import recompute
from priorbus.requirements.domain.lifecycle.settling import settle
from priorbus.requirements.domain.questionnaire import CompiledTemplate


def record_request(authorization: Authorization, evidence: Evidence, compiled: CompiledTemplate, moment: Moment) -> Decision:
    """The request becomes a blocker of its own, so the case goes back to the customer; the receipt stays."""
    draft = Draft(authorization, moment, "payer")
    request = PayerRequest.model_construct(
        number=len(authorization.payer_requests) + 1,
        requested_at=moment.now,
        message=evidence.message or "The payer asks for more information.",
        document_types=evidence.document_types,
    )
    draft.change(payer_requests=(*authorization.payer_requests, request))
    draft.tell(
        "authorization.information_requested",
        {"requestNumber": request.number, **evidence.details},
        documentTypes=list(request.document_types),
    )
    recompute(draft, compiled)
    settle(draft)
    return draft.finish(PayerEvidenceApplied)
