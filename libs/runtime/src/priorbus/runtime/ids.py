"""Ids: a prefix and a 26-character ULID, `auth_01J9ZK3V8YH6M2Q4R5S6T7V8W9`."""

import hashlib
import os
import time
from collections.abc import Callable
from itertools import product
from threading import Lock

_PAIRS = ["".join(pair) for pair in product("0123456789ABCDEFGHJKMNPQRSTVWXYZ", repeat=2)]
_SHIFTS = range(120, -1, -10)


def new_id(prefix: str) -> str:
    """A new unique id, sortable by time; satisfies `priorbus.runtime.handling.Ids`."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{prefix}_{_base32(milliseconds << 80 | int.from_bytes(os.urandom(10), 'big'))}"


def deterministic_id(prefix: str, *parts: str) -> str:
    """The same id for the same parts, always and everywhere; not sortable by time."""
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest[:16], 'big'))}"


_NUMBERS_SINCE = 1_577_836_800_000
"""2020-01-01 in Unix milliseconds: 42 bits last until 2159."""
_RANDOM_BITS = 21


class Numbers:
    """Mints int64 ids: 42 bits of milliseconds, then 21 random ones, so above 2^53 and ordered by time; within a process strictly rising.

    Two processes may mint the same number in one millisecond, about once in two million such pairs: who inserts takes the next free one.
    """

    def __init__(self, milliseconds: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._milliseconds = milliseconds
        self._last = 0
        self._lock = Lock()

    def __call__(self) -> int:
        random = int.from_bytes(os.urandom(4), "big") >> (32 - _RANDOM_BITS)
        with self._lock:
            self._last = max(self._last + 1, (self._milliseconds() - _NUMBERS_SINCE) << _RANDOM_BITS | random)
            return self._last


new_number = Numbers()
"""Mints the ids of patients, cases and their attachments."""


def _base32(value: int) -> str:
    """Crockford's base 32 of 128 bits, two characters at a time: several ids per message make this worth not calling a library."""
    return "".join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])


class CountingIds:
    """Ids in a known order for tests: `auth_00000000000000000000000001` and so on; satisfies `priorbus.runtime.handling.Ids`."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self, prefix: str) -> str:
        self._last += 1
        return f"{prefix}_{self._last:026d}"
