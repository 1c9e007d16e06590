"""C5 and C6: the customer carries out the open action (authorizations.md 4.3 and 10.2)."""

from priorbus.contracts.authorizations import Authorization, WorkItem
from priorbus.contracts.commands.fhir_pas import PrepareAuthorization, SubmitAuthorization
from priorbus.contracts.commands.requirements import ConfirmAuthorization
from priorbus.contracts.facts.requirements import AuthorizationConfirmed
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.guards import refuse_confirm
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.recomputation import blocks
from priorbus.requirements.domain.lifecycle.snapshots import shows_present
from priorbus.requirements.domain.lifecycle.timers import review_key


def decide(authorization: Authorization, command: ConfirmAuthorization, moment: Moment) -> Decision | Refusal:
    """Open a work item: preparation in state advance, submission in state approve."""
    refusal = (
        refuse_confirm(authorization, command) or refuse_action(authorization, command) or refuse_review(authorization, command, moment)
    )
    if refusal is not None:
        return refusal
    if blocks(authorization.requirements):
        return Refusal(code="requirements_not_satisfied")
    draft = Draft(authorization, moment, "customer")
    action = authorization.next_action
    draft.tell("authorization.confirmed", nextActionType=action.type if action else None)
    work = WorkItem.model_construct(id=moment.new_id("work"), attempt=authorization.attempts, permitted=False)
    if authorization.state == "advance":
        draft.change(state="preparing", work=work, next_action=None)
        draft.send(lambda after: PrepareAuthorization.model_construct(authorization=after, work_item_id=work.id))
    else:
        draft.change(state="submitting", work=work, next_action=None)
        draft.unschedule(review_key(authorization))
        draft.send(lambda after: SubmitAuthorization.model_construct(authorization=after, work_item_id=work.id))
    return draft.finish(AuthorizationConfirmed)


def refuse_action(authorization: Authorization, command: ConfirmAuthorization) -> Refusal | None:
    """Style B names the open action."""
    if command.style == "C":
        return None
    if command.next_action_id is None:
        return Refusal(code="next_action_required")
    action = authorization.next_action
    if action is None or action.id != command.next_action_id:
        return Refusal(code="next_action_mismatch")
    return None


def refuse_review(authorization: Authorization, command: ConfirmAuthorization, moment: Moment) -> Refusal | None:
    """The accepted review, where one is named or demanded, must be the present one and in time."""
    snapshot = authorization.review_snapshot
    accepted = command.accepted_review_snapshot_id if command.style == "C" else None
    if accepted is not None and (snapshot is None or snapshot.id != accepted or snapshot.status == "stale"):
        return stale("stale")
    if authorization.state != "approve":
        return None
    if command.style == "C" and accepted is None:
        return stale("missing")
    if snapshot is None or snapshot.covers.authorization_version != authorization.version or not shows_present(authorization, snapshot):
        return stale("stale")
    if snapshot.expires_at is not None and moment.now >= snapshot.expires_at:
        return stale("expired")
    return None


def stale(reason: str) -> Refusal:
    """409 review_stale with the reason in its details."""
    return Refusal(code="review_stale", details={"reason": reason})
