"""Looks at uploaded bytes as they stream by (authorizations.md 8.3)."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

from priorbus.contracts.files import ContentType
from priorbus.storage.domain.content_types import HEAD_BYTES, head_fits

INFECTED = "file_infected"
_ENCRYPT = b"/Encrypt"


@dataclass(frozen=True)
class Accepted:
    """The bytes are what they should be; `scan` tells whether a scanner agreed."""

    size_bytes: int
    sha256: str
    warnings: tuple[str, ...] = ()
    scan: Literal["not_scanned", "clean"] = "not_scanned"


@dataclass(frozen=True)
class Rejected:
    """The bytes are refused for good; `code` is the refusal and the file's failure code."""

    code: str
    details: dict[str, Any] = field(default_factory=dict)


Verdict = Accepted | Rejected


def rejected_size(size: int, max_bytes: int) -> Rejected | None:
    """The first two checks, which need no byte."""
    if size == 0:
        return Rejected("file_empty")
    if size > max_bytes:
        return Rejected("file_too_large", {"maxBytes": max_bytes, "actualBytes": size})
    return None


class Inspection:
    """Feed it every byte once, in chunks of any size, then ask for the verdict. Keeps about a kilobyte."""

    def __init__(self, content_type: ContentType, max_bytes: int) -> None:
        self._content_type = content_type
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self._size = 0
        self._head = b""
        self._tail = b""
        self._encrypted = False

    def feed(self, chunk: bytes) -> None:
        """The next bytes."""
        self._size += len(chunk)
        self._digest.update(chunk)
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        if self._content_type == "application/pdf" and not self._encrypted:
            # A token may straddle two chunks.
            window = self._tail + chunk
            self._encrypted = _ENCRYPT in window
            self._tail = window[-(len(_ENCRYPT) - 1) :]

    def verdict(self) -> Verdict:
        """What the bytes are worth, by the order of checks of 8.3."""
        rejected = rejected_size(self._size, self._max_bytes)
        if rejected is not None:
            return rejected
        if not head_fits(self._head, self._content_type):
            return Rejected("file_content_mismatch")
        return Accepted(self._size, self._digest.hexdigest(), ("pdf_encrypted",) if self._encrypted else ())
