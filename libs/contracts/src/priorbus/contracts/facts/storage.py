"""Facts of the storage service."""

from priorbus.contracts.events import Event
from priorbus.contracts.files import File
from priorbus.contracts.messages import Fact, message


class FileFact(Fact):
    """One accepted write of a file: the state after it, and what it has to tell."""

    file: File
    events: tuple[Event, ...]


@message("file.created")
class FileCreated(FileFact):
    """A file waits for its upload."""


@message("file.progressed")
class FileProgressed(FileFact):
    """A completion takes a while (`uploaded`), or had to stop without a verdict (`pending_upload` again)."""


@message("file.ready")
class FileReady(FileFact):
    """The bytes passed every check."""


@message("file.failed")
class FileFailed(FileFact):
    """The bytes did not pass, or never came."""


@message("file.removed")
class FileRemoved(FileFact):
    """Retention has ended: nothing may refer to the file any more, its bytes go."""


@message("file.restated")
class FileRestated(FileFact):
    """Nothing was written; the state is said again."""
