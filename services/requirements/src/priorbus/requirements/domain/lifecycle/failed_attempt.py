"""A permitted attempt that did not reach the payer (authorizations.md 4.6.4)."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import RecordFailedAttempt
from priorbus.contracts.facts.requirements import SubmissionFailed
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.ignored import ignore
from priorbus.requirements.domain.lifecycle.moment import Moment


def decide(authorization: Authorization, command: RecordFailedAttempt, moment: Moment) -> Decision:
    """Note the failure; whether another attempt follows is the connector's affair."""
    work = authorization.work
    if (
        authorization.state != "submitting"
        or work is None
        or not work.permitted
        or (work.id, work.attempt) != (command.work_item_id, command.attempt)
    ):
        return ignore(authorization, moment, "failed_attempt")
    draft = Draft(authorization, moment, "system")
    draft.change(work=work.model_copy(update={"permitted": False}))
    draft.tell(
        "authorization.submission_failed",
        attemptNumber=command.attempt,
        channel=command.channel,
        failureCode=command.failure_code,
    )
    return draft.finish_unversioned(SubmissionFailed)
