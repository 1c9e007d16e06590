"""A payer event that a tester makes up: whether it fits the case, and as what evidence it counts (authorizations.md 11.3)."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import InjectPayerEvent
from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle.guards import incomplete
from priorbus.requirements.domain.lifecycle.states import EDITABLE


def decide(authorization: Authorization, command: InjectPayerEvent) -> PayerEvidenceRecorded | Refusal:
    """The event as evidence about what the payer has of the case. The event's id makes it count once."""
    if not applicable(authorization):
        return Refusal(code="payer_event_not_applicable")
    if command.schema_refusal is not None:
        return command.schema_refusal
    if command.evidence is None:
        return incomplete("")
    work = authorization.submitted_work or (authorization.work.id if authorization.work else "")
    if authorization.state == "submitting" and authorization.work is not None:
        work = authorization.work.id
    return PayerEvidenceRecorded(
        authorization_id=authorization.id,
        work_item_id=work,
        attempt=authorization.attempts,
        evidence_id=f"injected/{command.event_id}",
        evidence=command.evidence,
    )


def applicable(authorization: Authorization) -> bool:
    """Whether a payer could say anything about the case at all."""
    if authorization.state in EDITABLE:
        return authorization.receipt is not None
    return authorization.state != "preparing"
