"""Where the aggregates of this service live."""

from priorbus.contracts.files import File
from priorbus.runtime.work import Collection

FILES: Collection[File] = Collection("files", File, key=lambda file: file.id)
