"""What is found in the bytes of an attachment, and what becomes of its name (patient-attachments.md 6.1 to 6.3)."""

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from priorbus.storage.domain.file_names import base_name
from priorbus.storage.domain.inline_content import detected_type
from priorbus.storage.domain.patients.upload_url import percent_decoded

HEAD_BYTES = 4096
UNKNOWN_TYPE = "application/octet-stream"
MAX_NAME = 255
_NAMELESS = "document"
_PDF_WITHIN = 1024
_NAME = r"[A-Za-z0-9!#$&^_.+-]+"
_TYPE = re.compile(rf"{_NAME}/{_NAME}(?:\s*;\s*{_NAME}=(?:{_NAME}|\"[^\"\\\x00-\x1f]*\"))*")
_UNSAID = "binary/octet-stream"
"""What object stores call an object whose type nobody told them."""

SizeFault = Literal["object_empty", "object_too_large"]
ContentFault = Literal["object_missing", "object_empty", "object_too_large", "infected"]


@dataclass(frozen=True)
class Content:
    """The bytes that stay: `size` in bytes, `sha256` in lower-case hex."""

    size: int
    sha256: str
    content_type: str


def size_fault(size: int, max_bytes: int) -> SizeFault | None:
    """Why an object of this size is refused, None when it is not."""
    if size == 0:
        return "object_empty"
    return "object_too_large" if size > max_bytes else None


class ContentReading:
    """Feed it every byte once, in chunks of any size. Keeps the first 4 KiB."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._head = b""
        self._size = 0

    def feed(self, chunk: bytes) -> None:
        """The next bytes."""
        self._digest.update(chunk)
        self._size += len(chunk)
        self._head += chunk[: HEAD_BYTES - len(self._head)]

    def content(self, declared_type: str) -> Content:
        """What was read; the declared type counts where the bytes say nothing."""
        return Content(self._size, self._digest.hexdigest(), sniffed_type(self._head) or _well_formed(declared_type))


def sniffed_type(head: bytes) -> str | None:
    """What the first 4 KiB say, None when they say nothing."""
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return "application/pdf"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1"):
        return "image/heic"
    if head[128:132] == b"DICM":
        return "application/dicom"
    return detected_type(head)


def _well_formed(declared: str) -> str:
    return declared if _TYPE.fullmatch(declared) and declared.lower() != _UNSAID else UNKNOWN_TYPE


def shown_name(uploaded: str) -> str:
    """The file name of a record, from the last segment of a temporary key: base name after decoding, at most 255 characters."""
    name = base_name(percent_decoded(uploaded))
    if len(name) > MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        name = stem[: MAX_NAME - len(dot + extension)] + dot + extension if 0 < len(extension) < MAX_NAME - 1 else name[:MAX_NAME]
    return name or _NAMELESS
