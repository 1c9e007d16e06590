"""The adapter against a server that speaks clamd's protocol."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable

import pytest

from priorbus.storage.adapters.clamav import ClamAV
from priorbus.storage.ports import ScanUnavailable

EICAR = b"X5O!P%@AP"
Answer = Callable[[bytes], bytes]


class Clamd:
    """Keeps what it was sent; answers by `answer`."""

    def __init__(self) -> None:
        self.received = b""
        self.answer: Answer = lambda body: b"stream: Eicar-Test FOUND\0" if EICAR in body else b"stream: OK\0"
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        while length := struct.unpack(">I", await reader.readexactly(4))[0]:
            self.received += await reader.readexactly(length)
        writer.write(self.answer(self.received))
        writer.close()


@pytest.fixture
async def clamd() -> AsyncIterator[Clamd]:
    stub = Clamd()
    async with await asyncio.start_server(stub.serve, "127.0.0.1", 0) as server:
        stub.port = server.sockets[0].getsockname()[1]
        yield stub


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_clean_and_found(clamd: Clamd) -> None:
    scanner = ClamAV("127.0.0.1", clamd.port)
    assert await scanner.clean(stream(b"harmless", b" bytes"))
    assert clamd.received == b"harmless bytes"
    assert not await scanner.clean(stream(EICAR[:4], EICAR[4:]))


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"nonsense\0"])
async def test_no_verdict(clamd: Clamd, answer: bytes) -> None:
    clamd.answer = lambda _body: answer
    with pytest.raises(ScanUnavailable):
        await ClamAV("127.0.0.1", clamd.port).clean(stream(b"x"))


async def test_no_scanner_there() -> None:
    with pytest.raises(ScanUnavailable):
        await ClamAV("127.0.0.1", 1).clean(stream(b"x"))
