"""Opening and closing the open action; every opening mints a new id (authorizations.md 4.3.2)."""

from datetime import datetime
from typing import Final

from priorbus.contracts.authorizations import ActionType, NextAction
from priorbus.requirements.domain.lifecycle.draft import Draft
from priorbus.requirements.domain.lifecycle.moment import iso

DESCRIPTIONS: Final[dict[ActionType, str]] = {
    "provide_requirements": "Answer the open questions and attach the missing documents.",
    "advance_case": "Confirm to have the request prepared for the payer.",
    "approve_submission": "Review what will be sent and confirm to submit it to the payer.",
}


def open_action(draft: Draft, action: ActionType, *, snapshot_id: str | None = None, expires_at: datetime | None = None) -> None:
    """Open an action that covers the versions after this write; the caller has closed the former one."""
    after = draft.after
    opened = NextAction.model_construct(
        id=draft.moment.new_id("act"),
        type=action,
        description=DESCRIPTIONS[action],
        authorization_version=draft.version,
        requirements_version=after.requirements.version,
        answers_version=after.answers_version,
        attachments_version=after.attachments_version,
        created_at=draft.moment.now,
        review_snapshot_id=snapshot_id,
        expires_at=expires_at,
    )
    draft.change(next_action=opened)
    further = {} if expires_at is None else {"expiresAt": iso(expires_at)}
    draft.tell("authorization.next_action_opened", nextActionId=opened.id, type=action, **further)


def supersede_action(draft: Draft) -> None:
    """Tell that the open action, if any, is about to be replaced."""
    action = draft.after.next_action
    if action is not None:
        draft.tell("authorization.next_action_superseded", nextActionId=action.id, type=action.type)
