"""Name tables of the styles, and the way back (authorizations.md 3.3)."""

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")


def inverted(names: Mapping[K, str]) -> dict[str, tuple[K, ...]]:
    """What each wire name stands for."""
    return {wire: tuple(key for key, name in names.items() if name == wire) for wire in names.values()}
