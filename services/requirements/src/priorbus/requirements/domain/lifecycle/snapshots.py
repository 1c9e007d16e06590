"""Review snapshots: what would be sent, and whether it still shows the present case (authorizations.md 4.4)."""

from datetime import datetime
from typing import Any

from priorbus.contracts.authorizations import Authorization, Covers, ReviewSnapshot
from priorbus.requirements.domain.lifecycle.draft import Draft


def generate_snapshot(draft: Draft, summary: dict[str, Any], warnings: tuple[str, ...], expires_at: datetime | None) -> ReviewSnapshot:
    """Freeze the case as it will be after this write; a former snapshot is replaced."""
    after = draft.after
    snapshot = ReviewSnapshot.model_construct(
        id=draft.moment.new_id("rev"),
        generated_at=draft.moment.now,
        covers=Covers.model_construct(
            authorization_version=draft.version,
            requirements_version=after.requirements.version,
            answers_version=after.answers_version,
            attachments_version=after.attachments_version,
        ),
        status="current",
        summary=summarize(after) | summary,
        answers=after.answers,
        attachments=after.attachments,
        warnings=warnings,
        expires_at=expires_at,
    )
    draft.change(review_snapshot=snapshot)
    draft.tell("authorization.review_snapshot_generated", reviewSnapshotId=snapshot.id)
    return snapshot


def shows_present(authorization: Authorization, snapshot: ReviewSnapshot) -> bool:
    """Whether requirements, answers and attachments are still the ones that the snapshot shows."""
    covers = snapshot.covers
    return (covers.requirements_version, covers.answers_version, covers.attachments_version) == (
        authorization.requirements.version,
        authorization.answers_version,
        authorization.attachments_version,
    )


def age_snapshot(draft: Draft, *, expired: bool = False) -> None:
    """Mark the snapshot stale when the case has moved past it or its review has expired."""
    snapshot = draft.after.review_snapshot
    if snapshot is None or snapshot.status == "stale" or (shows_present(draft.after, snapshot) and not expired):
        return
    draft.change(review_snapshot=snapshot.model_copy(update={"status": "stale"}))
    draft.tell("authorization.review_snapshot_stale", reviewSnapshotId=snapshot.id)


def summarize(authorization: Authorization) -> dict[str, Any]:
    """The `summary` of a snapshot (3.2), read from the case itself."""
    diagnoses = authorization.answers.get("diagnoses", ())
    codes = [occurrence["code"][0] for occurrence in diagnoses if isinstance(occurrence, dict) and occurrence.get("code")]
    documents = {kind for attachment in authorization.attachments for kind in attachment.document_types}
    return {
        "payerName": authorization.payer.display_name,
        "serviceCode": authorization.selection.service_code,
        "serviceType": authorization.selection.service_type,
        "diagnosisCodes": codes,
        "documentTypes": sorted(documents),
        "isUrgent": is_urgent(authorization),
    }


def is_urgent(authorization: Authorization) -> bool:
    """Whether `request.isUrgent` is answered with true."""
    return authorization.answers.get("request.isUrgent") == (True,)
