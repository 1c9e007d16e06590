"""Tell a case of the REST API what its payer has said (fhir-pas.md 24, step 3)."""

from priorbus.contracts.facts.fhir_pas import PayerEvidenceRecorded
from priorbus.fhir_pas.aggregates import EXCHANGES
from priorbus.fhir_pas.domain.evidence import evidence
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.submissions import Submission, answer_of
from priorbus.runtime.handling import Context


async def report(context: Context, submission: Submission, before: PayerAnswer) -> None:
    """Publish what the ClaimResponse says now, unless it says no more than `before`; nothing for a request that came through FHIR.

    The id of the evidence is the ClaimResponse's with its version, so that it counts once.
    """
    known = await context.work.get(EXCHANGES, context.tenant, submission.authorization_id) if submission.attempt else None
    if known is None:
        return
    learned, earlier = (evidence(one, known.service_code, known.channel, context.now) for one in (answer_of(submission), before))
    if learned is None or learned == earlier:
        return
    fact = PayerEvidenceRecorded(
        authorization_id=known.id,
        work_item_id=known.work_item_id,
        attempt=submission.attempt,
        evidence_id=f"{submission.claim_response_id}/{submission.claim_response_version}",
        evidence=learned,
    )
    context.work.publish(fact)
