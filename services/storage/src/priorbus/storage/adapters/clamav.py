"""clamd over TCP, command INSTREAM (authorizations.md 8.3)."""

import asyncio
from collections.abc import AsyncIterator

from priorbus.storage.ports import ScanUnavailable

_CONNECT_SECONDS = 2.0
_SCAN_SECONDS = 60.0
_START = b"zINSTREAM\0"
_END = (0).to_bytes(4, "big")


class ClamAV:
    """One connection per scan, as clamd wants it."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    async def clean(self, chunks: AsyncIterator[bytes]) -> bool:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(self._host, self._port)
            try:
                async with asyncio.timeout(_SCAN_SECONDS):
                    await _send(writer, chunks)
                    answer = await reader.readuntil(b"\0")
            finally:
                writer.close()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ScanUnavailable(type(error).__name__) from None
        return _verdict(answer)


async def _send(writer: asyncio.StreamWriter, chunks: AsyncIterator[bytes]) -> None:
    writer.write(_START)
    async for chunk in chunks:
        writer.write(len(chunk).to_bytes(4, "big") + chunk)
        await writer.drain()
    writer.write(_END)
    await writer.drain()


def _verdict(answer: bytes) -> bool:
    """`stream: OK`, `stream: <name> FOUND`, or an error such as an exceeded size limit."""
    if answer == b"stream: OK\0":
        return True
    if answer.endswith(b" FOUND\0"):
        return False
    raise ScanUnavailable("no verdict")
