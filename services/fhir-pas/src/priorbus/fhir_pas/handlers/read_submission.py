"""An operator looks at the request behind a ClaimResponse: its warnings, and the bytes as they came (fhir-pas.md 5, 17)."""

from dataclasses import dataclass
from typing import Any

from priorbus.contracts.commands.fhir_access import ReadSubmission
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.aggregates import RAW_REQUESTS
from priorbus.fhir_pas.domain.identity import instant
from priorbus.fhir_pas.domain.submissions import RawRequest, Submission, answer_of, decided_lines
from priorbus.fhir_pas.ports import SubmissionIndex
from priorbus.runtime.handling import Context, Result


@dataclass(frozen=True, slots=True)
class ReadSubmissionHandler:
    """Finds the submission by what it made."""

    submissions: SubmissionIndex

    async def handle(self, query: ReadSubmission, context: Context) -> Result | Refusal:
        """Any client's: operators work for the tenant."""
        submission = await self.submissions.of_claim_response(context.tenant, query.claim_response_id)
        raw = None if submission is None else await context.work.get(RAW_REQUESTS, context.tenant, submission.id)
        if submission is None or raw is None:
            return Refusal(code="not_found")
        return {
            "submission": _shown(submission, raw),
            "media_type": raw.media_type,
            "body": None if raw.body is None else raw.body.decode(),
            "body_key": raw.body_key,
        }


def _shown(submission: Submission, raw: RawRequest) -> dict[str, Any]:
    warnings = (text.partition(" ") for text in submission.warnings)
    lines = decided_lines(answer_of(submission))
    return {
        "claimResponseId": submission.claim_response_id,
        "versionId": str(submission.claim_response_version),
        "submissionId": submission.id,
        "authorizationId": submission.authorization_id,
        "claimId": submission.claim_id,
        "clientId": submission.client,
        "base": submission.base,
        "receivedAt": instant(submission.created_at),
        "sha256": raw.sha256,
        "warnings": [{"rule": rule, "expression": expression} for rule, _, expression in warnings],
        "items": [{"sequence": line.sequence, "action": line.action} for line in lines],
    }
