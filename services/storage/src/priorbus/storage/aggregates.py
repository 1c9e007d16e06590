"""Where the aggregates of this service live."""

from priorbus.contracts.documents import Document
from priorbus.contracts.files import File
from priorbus.runtime.work import Collection

FILES = Collection("files", File, key=lambda file: file.id)

DOCUMENTS = Collection("documents", Document, key=lambda document: document.id)
"""Content taken out of FHIR resources."""
