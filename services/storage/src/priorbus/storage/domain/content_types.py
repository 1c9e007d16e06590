"""The content types that are taken, their extensions and their first bytes (authorizations.md 8.1, 8.3)."""

from typing import TypeGuard, get_args

from priorbus.contracts.files import ContentType

HEAD_BYTES = 1024
"""How many first bytes decide."""

_EXTENSIONS: dict[ContentType, frozenset[str]] = {
    "application/pdf": frozenset({"pdf"}),
    "image/jpeg": frozenset({"jpg", "jpeg"}),
    "image/png": frozenset({"png"}),
}
_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_PDF = b"%PDF-"


def is_content_type(value: str) -> TypeGuard[ContentType]:
    """Whether this type is taken."""
    return value in get_args(ContentType)


def extension_fits(extension: str | None, content_type: ContentType) -> bool:
    """Whether a name with this extension (lower case, None without one) may have the type."""
    return extension is None or extension in _EXTENSIONS[content_type]


def head_fits(head: bytes, content_type: ContentType) -> bool:
    """Whether the first bytes (1,024, or all when there are fewer) are those of the type."""
    match content_type:
        case "application/pdf":
            return _PDF in head[:HEAD_BYTES]
        case "image/jpeg":
            return head.startswith(_JPEG)
        case "image/png":
            return head.startswith(_PNG)
