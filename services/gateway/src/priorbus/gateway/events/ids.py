"""Ids that can be made again."""

import hashlib
from datetime import datetime

from ulid import ULID

_RANDOM_BYTES = 10


def repeatable_id(prefix: str, at: datetime, *parts: str) -> str:
    """An id that sorts by time like every other and is the same for the same moment and parts."""
    milliseconds = int(at.timestamp() * 1000)
    tail = hashlib.sha256("\x00".join(parts).encode()).digest()[:_RANDOM_BYTES]
    return f"{prefix}_{ULID(milliseconds.to_bytes(6, 'big') + tail)}"
