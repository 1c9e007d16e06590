"""Which attachments hold a file, so that it is never removed while one does (authorizations.md 8.3.2, 9.5)."""

from datetime import datetime

from priorbus.contracts.model import Model


class FileUse(Model):
    """The attachments of a file over all authorizations; `released` is final: no attachment can be added any more."""

    file_id: str
    attachment_ids: tuple[str, ...] = ()
    changed_at: datetime
    released: bool = False


def attached(use: FileUse | None, file_id: str, attachment_id: str, now: datetime) -> FileUse:
    """One more attachment holds the file."""
    held = use.attachment_ids if use is not None else ()
    return FileUse(file_id=file_id, attachment_ids=(*held, attachment_id), changed_at=now)


def detached(use: FileUse, attachment_id: str, now: datetime) -> FileUse:
    """One less."""
    held = tuple(id_ for id_ in use.attachment_ids if id_ != attachment_id)
    return use.model_copy(update={"attachment_ids": held, "changed_at": now})


def released(use: FileUse | None, file_id: str, unused_since: datetime, now: datetime) -> FileUse | None:
    """The file let go; None when it is held, or was after `unused_since`."""
    if use is None:
        return FileUse(file_id=file_id, changed_at=now, released=True)
    if use.attachment_ids or (not use.released and use.changed_at > unused_since):
        return None
    return use.model_copy(update={"released": True})
