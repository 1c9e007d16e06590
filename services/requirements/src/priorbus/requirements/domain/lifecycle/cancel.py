"""C7: stop future work, locally (authorizations.md 10.3)."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import CancelAuthorization
from priorbus.contracts.facts.requirements import AuthorizationCanceled
from priorbus.contracts.replies import Refusal
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.guards import refuse_cancel
from priorbus.requirements.domain.lifecycle.moment import Moment
from priorbus.requirements.domain.lifecycle.timers import stop_timers


def decide(authorization: Authorization, command: CancelAuthorization, moment: Moment) -> Decision | Refusal:
    """Cancel in every state that is not terminal; receipt and decision stay, the payer is not told."""
    refusal = refuse_cancel(authorization, command)
    if refusal is not None:
        return refusal
    draft = Draft(authorization, moment, "customer")
    draft.change(state="canceled", next_action=None, canceled_at=moment.now)
    stop_timers(draft)
    draft.tell("authorization.canceled", {"reason": command.reason} if command.reason else None, outcome=None)
    return draft.finish(AuthorizationCanceled)
