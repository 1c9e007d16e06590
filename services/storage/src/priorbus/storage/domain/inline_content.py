"""Base64 content inside a FHIR resource: where it stands, what it holds (fhir-pas.md 17)."""

import base64
import binascii
import json
from typing import Any

from priorbus.storage.domain.content_types import HEAD_BYTES

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"{\\rtf", "application/rtf"),
    (b"<?xml", "application/xml"),
)


class NotThere(Exception):
    """There is no base64 text where one should be."""


def decode(text: str) -> bytes:
    """The bytes; white space does not count. Raises NotThere."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise NotThere from None


def parsed(body: bytes) -> Any:
    """The JSON of a body. Raises NotThere."""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except ValueError:
        raise NotThere from None


def text_at(node: Any, pointer: str) -> str:
    """The text at a JSON Pointer. Raises NotThere."""
    try:
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            node = node[int(name)] if isinstance(node, list) else node[name]
    except (ValueError, KeyError, IndexError, TypeError):
        raise NotThere from None
    if not isinstance(node, str):
        raise NotThere
    return node


def detected_type(content: bytes) -> str | None:
    """What the first bytes say, None when they say nothing."""
    head = content[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf")
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
