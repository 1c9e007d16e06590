"""The permit for one submission attempt (authorizations.md 4.6)."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.fhir_pas import SendSubmission
from priorbus.contracts.commands.requirements import GrantPermit
from priorbus.contracts.facts.requirements import SubmissionPermitted
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.ignored import ignore
from priorbus.requirements.domain.lifecycle.moment import Moment


def decide(authorization: Authorization, command: GrantPermit, moment: Moment) -> Decision:
    """Grant the next attempt of the current work item; nothing is ever sent for a case that has moved on."""
    work = authorization.work
    if authorization.state != "submitting" or work is None or work.id != command.work_item_id:
        return ignore(authorization, moment, "permit_request")
    if work.permitted and command.attempt == authorization.attempts:
        return Decision(authorization, commands=(send(authorization, command),))
    if command.attempt != authorization.attempts + 1:
        return ignore(authorization, moment, "permit_request")
    draft = Draft(authorization, moment, "system")
    granted = work.model_copy(update={"attempt": command.attempt, "permitted": True})
    draft.change(attempts=command.attempt, work=granted, submitted_work=work.id)
    draft.tell("authorization.submission_attempted", attemptNumber=command.attempt, channel=command.channel)
    draft.send(lambda after: send(after, command))
    return draft.finish_unversioned(SubmissionPermitted)


def send(authorization: Authorization, command: GrantPermit) -> SendSubmission:
    """Tell fhir-pas that it may contact the payer; asking again for a granted attempt says it again (4.6.2)."""
    return SendSubmission.model_construct(
        authorization=authorization, work_item_id=command.work_item_id, attempt=command.attempt, channel=command.channel
    )
