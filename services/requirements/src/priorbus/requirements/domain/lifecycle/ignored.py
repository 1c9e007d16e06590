"""Worker results that no longer concern the case: dropped, and noted on the timeline (authorizations.md 4.3.5)."""

from typing import Any

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.facts.requirements import PayerEvidenceApplied
from priorbus.requirements.domain.lifecycle.decision import Decision
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.moment import Moment


def ignore(authorization: Authorization, moment: Moment, result: str, **members: Any) -> Decision:
    """Note the dropped `result` (its kind); `members` are changes of bookkeeping that clients do not see."""
    draft = Draft(authorization, moment, "system")
    draft.change(**members)
    draft.tell("authorization.worker_result_ignored", {"result": result})
    return draft.finish_unversioned(PayerEvidenceApplied)
