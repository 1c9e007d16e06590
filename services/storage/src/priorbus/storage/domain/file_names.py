"""File names as clients send them, and what is kept of them (authorizations.md 8.1, 8.2.1)."""

import re
import unicodedata

MAX_BYTES = 255
_DROPPED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, lone surrogates, line and paragraph separators."""
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They make a name look as if it ended otherwise."""


def sanitised(file_name: str) -> str | None:
    """The last path part without control characters; None when nothing is left or it is longer than 255 UTF-8 bytes."""
    kept = base_name(file_name)
    return kept if kept and len(kept.encode()) <= MAX_BYTES else None


def base_name(file_name: str) -> str:
    """The last path part without control characters; empty when nothing is left."""
    last = re.split(r"[/\\]", file_name)[-1]
    kept = "".join(character for character in last if _allowed(character)).strip()
    return "" if kept in (".", "..") else kept


def _allowed(character: str) -> bool:
    return unicodedata.category(character) not in _DROPPED and character not in _BIDI_CONTROLS


def extension(file_name: str) -> str | None:
    """The text after the last dot in lower case, None unless there is text on both sides of it."""
    stem, _, text = file_name.rpartition(".")
    return text.lower() if stem and text else None
