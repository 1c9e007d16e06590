"""Ids: a prefix and a 26-character ULID, `auth_01J9ZK3V8YH6M2Q4R5S6T7V8W9`."""

import hashlib

from ulid import ULID


def new_id(prefix: str) -> str:
    """A new unique id, sortable by time; satisfies `priorbus.runtime.handling.Ids`."""
    return f"{prefix}_{ULID()}"


def deterministic_id(prefix: str, *parts: str) -> str:
    """The same id for the same parts, always and everywhere; not sortable by time."""
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return f"{prefix}_{ULID(digest[:16])}"


class CountingIds:
    """Ids in a known order for tests: `auth_00000000000000000000000001` and so on; satisfies `priorbus.runtime.handling.Ids`."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self, prefix: str) -> str:
        self._last += 1
        return f"{prefix}_{self._last:026d}"
