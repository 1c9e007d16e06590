"""What becomes of objects in the object store, judged by the records that may name them (authorizations.md 8.3.2, fhir-pas.md 17)."""

from datetime import timedelta
from typing import Final, Literal

from priorbus.contracts.documents import Document
from priorbus.contracts.files import File
from priorbus.contracts.model import Model

Fate = Literal["stays", "goes", "asked"]
"""`asked`: the service that owns the attachments has to let go first."""

UNTOUCHED: Final = timedelta(hours=24)
"""How old an object is before anybody wonders what it is for: whoever wrote it has long committed or died."""


class SweepPosition(Model):
    """The last key of an area that was looked at; empty before the first."""

    area: str
    after: str = ""


def fate_of_file(file: File | None, key: str) -> Fate:
    """An object under a final key. It is there before its file is ready, so it stays while the file may still become that."""
    if file is None:
        return "asked"
    return "goes" if file.status in ("failed", "removed") else "stays"


def fate_of_document(document: Document | None, key: str) -> Fate:
    """Content of a FHIR resource: it stays where its record says."""
    return "stays" if document is not None and document.storage_key == key else "goes"
