"""Unpacks gzip in small pieces, so that a small body that holds a huge one is found out early."""

import zlib
from collections.abc import Iterator

_GZIP_ONLY = 31
"""Window bits of zlib that stand for a gzip header."""
_PIECE = 64 * 1024


class NotGzip(Exception):
    """The bytes are not one gzip member."""


class Gunzip:
    """One body."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=_GZIP_ONLY)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """What a part of the body holds, at most 64 KiB at a time. Raises NotGzip."""
        waiting = chunk
        while waiting:
            if self._zlib.eof:
                raise NotGzip
            try:
                yield self._zlib.decompress(waiting, _PIECE)
            except zlib.error:
                raise NotGzip from None
            waiting = self._zlib.unconsumed_tail

    def finish(self) -> None:
        """Raises NotGzip unless the body has ended with its only member."""
        if not self._zlib.eof or self._zlib.unused_data:
            raise NotGzip
