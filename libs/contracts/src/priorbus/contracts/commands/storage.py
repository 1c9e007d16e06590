"""What the storage service can be told."""

from priorbus.contracts.messages import Command, Query, message
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
    """Check the uploaded bytes and make the file ready (authorizations.md 8.3); the result is `{"file": File}`.

    `schema_issues` say that the body was bad: it has no members.
    """

    file_id: str
    schema_issues: tuple[Issue, ...] = ()


@message("storage.expire_upload")
class ExpireUpload(Command):
    """Timer: the upload target and its grace time are over."""

    file_id: str


@message("storage.discard_upload")
class DiscardUpload(Command):
    """Timer: remove from the object store whatever a failed file left there."""

    file_id: str


@message("storage.retire_file")
class RetireFile(Command):
    """Timer: the file may have been attached nowhere for as long as files are kept."""

    file_id: str


@message("storage.remove_file")
class RemoveFile(Command):
    """The requirements service has let go of the file: nothing is and nothing can be attached to it."""

    file_id: str


@message("storage.save_sweep_position")
class SaveSweepPosition(Command):
    """Objects of an area up to this key have been looked at; an empty `after` starts the area anew."""

    area: str
    after: str


@message("storage.store_inline_content")
class StoreInlineContent(Command):
    """Take base64 content out of a FHIR resource; the result is `{"document": Document}`.

    `document_id` is the same each time the same content of the same request is stored, so that repetition is harmless. `data` is the
    base64 text up to 256 KiB; above, `body_key` and `pointer` (JSON Pointer) say where it stands in a request body. The document is
    discarded after a day unless `storage.keep_documents` names it.
    """

    document_id: str
    content_type: str
    data: str | None = None
    body_key: str | None = None
    pointer: str = ""


@message("storage.keep_documents")
class KeepDocuments(Command):
    """Resources refer to these documents now: they stay."""

    document_ids: tuple[str, ...]


@message("storage.release_documents")
class ReleaseDocuments(Command):
    """The resources that referred to these documents are gone: so are the documents."""

    document_ids: tuple[str, ...]


@message("storage.discard_document")
class DiscardDocument(Command):
    """Timer: nothing has come to refer to the document. The first one only sets the `last_call`."""

    document_id: str
    last_call: bool = False


@message("storage.discard_object")
class DiscardObject(Command):
    """Timer: remove an object of a document that no record names."""

    document_id: str
    storage_key: str


@message("storage.read_document")
class ReadDocument(Query):
    """Ask for a stored document, or a file that is ready; the result is `{"content": StoredContent}`."""

    document_id: str


@message("storage.restate")
class Restate(Command):
    """Say the state of one aggregate again, for projections that are made anew."""

    collection: str
    key: str
