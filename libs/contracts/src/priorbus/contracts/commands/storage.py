"""What the storage service can be told."""

from priorbus.contracts.messages import Command, message
from priorbus.contracts.replies import Issue


@message("storage.create_file")
class CreateFile(Command):
    """Create a File in pending_upload; the reply's result is `{"file": File, "upload": {method, url, headers, strategy}}`.

    `schema_issues` replaces the payload when the body was bad. Values are as the client sent them: the owner applies 8.2.
    """

    file_id: str
    file_name: str = ""
    content_type: str = ""
    purpose: str = ""
    declared_size: int | None = None
    schema_issues: tuple[Issue, ...] = ()


@message("storage.complete_file")
class CompleteFile(Command):
    """Check the uploaded bytes and make the file ready (authorizations.md 8.3); the result is `{"file": File}`."""

    file_id: str


@message("storage.expire_upload")
class ExpireUpload(Command):
    """Timer: the upload target and its grace time are over."""

    file_id: str


@message("storage.discard_upload")
class DiscardUpload(Command):
    """Timer: remove from the object store whatever a failed file left there."""

    file_id: str
