"""The adapter against a real clamd, where there is one, with a signature database of one entry (Debian package clamav-daemon)."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from priorbus.devstack import ports
from priorbus.storage.adapters.clamav import ClamAV
from priorbus.storage.ports import ScanUnavailable

CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + b"$H+H*"
MEBIBYTE = 1024 * 1024

pytestmark = pytest.mark.skipif(CLAMD is None, reason="no clamd on this machine; Debian's clamav-daemon has it")


def configuration(folder: Path, port: int) -> Path:
    """One signature for any kind of file, one TCP port, nothing fetched from anywhere."""
    (folder / "test.ndb").write_text(f"Priorbus.Eicar:0:*:{EICAR.hex()}\n")
    file = folder / "clamd.conf"
    limits = "".join(f"{name} 30M\n" for name in ("StreamMaxLength", "MaxFileSize", "MaxScanSize"))
    file.write_text(f"Foreground yes\nDatabaseDirectory {folder}\nTCPSocket {port}\nTCPAddr 127.0.0.1\n{limits}")
    return file


@pytest.fixture
async def scanner(tmp_path: Path) -> AsyncIterator[ClamAV]:
    lease = ports.lease()
    assert CLAMD is not None
    process = await asyncio.create_subprocess_exec(CLAMD, "-c", str(configuration(tmp_path, lease.port)), stdout=DEVNULL, stderr=DEVNULL)
    opened = ClamAV("127.0.0.1", lease.port)
    try:
        async with asyncio.timeout(60):
            while not await answers(opened):
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield opened
    finally:
        process.kill()
        await process.wait()
        lease.release()


async def answers(scanner: ClamAV) -> bool:
    try:
        return await scanner.clean(stream(b"anybody there?"))
    except ScanUnavailable:
        return False


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_auth_90_a_real_scanner_finds_the_test_string_and_nothing_else(scanner: ClamAV) -> None:
    assert not await scanner.clean(stream(EICAR[:20], EICAR[20:]))
    assert not await scanner.clean(stream(b"%PDF-1.7 ", bytes(MEBIBYTE), EICAR))
    assert await scanner.clean(stream(b"%PDF-1.7 ", *[bytes(64 * 1024)] * 399, b"end"))


async def test_a_stream_above_the_scanners_limit_gets_no_verdict(scanner: ClamAV) -> None:
    with pytest.raises(ScanUnavailable):
        await scanner.clean(stream(*[bytes(MEBIBYTE)] * 31))
