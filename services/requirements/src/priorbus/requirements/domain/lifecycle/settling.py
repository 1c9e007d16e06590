"""Where a case of the customer's stands after a change (authorizations.md 4.3)."""

from priorbus.requirements.domain.lifecycle.actions import open_action, supersede_action
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.recomputation import blocks
from priorbus.requirements.domain.lifecycle.snapshots import age_snapshot
from priorbus.requirements.domain.lifecycle.timers import review_key


def settle(draft: Draft) -> None:
    """Requires_input while anything blocks, else advance; the snapshot ages, its timer ends and the open action is replaced."""
    blocked = blocks(draft.after.requirements)
    draft.change(state="requires_input" if blocked else "advance")
    age_snapshot(draft)
    if draft.before.state == "approve":
        draft.unschedule(review_key(draft.before))
    supersede_action(draft)
    open_action(draft, "provide_requirements" if blocked else "advance_case")
