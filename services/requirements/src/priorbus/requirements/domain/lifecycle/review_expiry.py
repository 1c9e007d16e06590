"""T1: the customer did not approve in time (authorizations.md 4.3)."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import ExpireReview
from priorbus.contracts.facts.requirements import ReviewExpired
from priorbus.requirements.domain.lifecycle.actions import open_action
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.snapshots import age_snapshot
from priorbus.requirements.domain.lifecycle.timers import review_timer


def decide(authorization: Authorization, command: ExpireReview, moment: Moment) -> Decision:
    """Back to advance with a new action; a timer that was overtaken changes nothing, one that came early waits on."""
    snapshot = authorization.review_snapshot
    if authorization.state != "approve" or snapshot is None or snapshot.id != command.review_snapshot_id or snapshot.expires_at is None:
        return Decision(authorization)
    if moment.now < snapshot.expires_at:
        return Decision(authorization, schedule=(review_timer(authorization, snapshot.id, snapshot.expires_at),))
    draft = Draft(authorization, moment, "system")
    draft.change(state="advance")
    age_snapshot(draft, expired=True)
    if authorization.next_action is not None:
        draft.tell("authorization.next_action_expired", nextActionId=authorization.next_action.id, type=authorization.next_action.type)
    open_action(draft, "advance_case")
    return draft.finish(ReviewExpired)
