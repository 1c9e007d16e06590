"""The durable timers of a case (authorizations.md 4.5) and their stable keys."""

from datetime import datetime, timedelta
from typing import Final

from priorbus.contracts.authorizations import Authorization, Sla
from priorbus.contracts.commands.requirements import AnnounceSla, ExpireReview
from priorbus.requirements.domain.lifecycle.decision import Timer
from priorbus.requirements.domain.lifecycle.draft import Draft

DUE_SOON: Final = {"expedited": timedelta(hours=12), "standard": timedelta(hours=24)}
"""How long before the payer's deadline it is announced."""


def review_key(authorization: Authorization) -> str:
    """Key of the timer that ends a review (T1)."""
    return f"{authorization.id}/review"


def sla_keys(authorization: Authorization) -> tuple[str, str]:
    """Keys of the two announcements of the payer's deadline: due soon, breached."""
    prefix = f"{authorization.id}/sla"
    return f"{prefix}_due_soon", f"{prefix}_breached"


def review_timer(authorization: Authorization, snapshot_id: str, due: datetime) -> Timer:
    """Ends the review of this snapshot when its time is over."""
    return Timer(review_key(authorization), due, ExpireReview(authorization_id=authorization.id, review_snapshot_id=snapshot_id))


def sla_timers(authorization: Authorization, sla: Sla) -> tuple[Timer, Timer]:
    """Announce the payer's deadline before and when it passes; a deadline shorter than the notice is announced at once."""
    soon_key, breached_key = sla_keys(authorization)
    soon = max(sla.due_at - DUE_SOON[sla.kind], sla.started_at)
    return (
        Timer(soon_key, soon, AnnounceSla(authorization_id=authorization.id, milestone="due_soon")),
        Timer(breached_key, sla.due_at, AnnounceSla(authorization_id=authorization.id, milestone="breached")),
    )


def stop_timers(draft: Draft) -> None:
    """Drop every timer of a case that becomes terminal."""
    before = draft.before
    if before.state == "approve":
        draft.unschedule(review_key(before))
    if before.sla is not None:
        draft.unschedule(*sla_keys(before))
