"""What handlers need besides their unit of work and the object store, and tests replace."""

from collections.abc import AsyncIterator
from typing import Protocol


class ScanUnavailable(Exception):
    """The scanner can not be reached or gives no verdict."""


class Scanner(Protocol):
    """Looks for malware."""

    async def clean(self, chunks: AsyncIterator[bytes]) -> bool:
        """Whether nothing was found in the bytes. Raises ScanUnavailable."""
