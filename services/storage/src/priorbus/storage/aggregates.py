"""Where the aggregates of this service live."""

from priorbus.contracts.documents import Document
from priorbus.contracts.files import File
from priorbus.runtime.work import Collection
from priorbus.storage.domain.sweeping import SweepPosition

FILES = Collection("files", File, key=lambda file: file.id)

DOCUMENTS = Collection("documents", Document, key=lambda document: document.id)
"""Content taken out of FHIR resources."""

SWEEP_POSITIONS = Collection("sweep_positions", SweepPosition, key=lambda position: position.area)
"""How far each area of the object store has been swept, under EVERY_TENANT."""
