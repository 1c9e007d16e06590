"""The payer's deadline is near or over (authorizations.md 4.5)."""

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import AnnounceSla
from priorbus.contracts.facts.requirements import SlaAnnounced
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.moment import Moment, iso
from priorbus.requirements.domain.lifecycle.states import TERMINAL


def decide(authorization: Authorization, command: AnnounceSla, moment: Moment) -> Decision:
    """Announce the milestone while the case is open; the version stays."""
    if authorization.sla is None or authorization.state in TERMINAL:
        return Decision(authorization)
    draft = Draft(authorization, moment, "system")
    draft.tell(f"authorization.sla_{command.milestone}", dueAt=iso(authorization.sla.due_at))
    return draft.finish_unversioned(SlaAnnounced)
