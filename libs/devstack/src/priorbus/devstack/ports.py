"""Free loopback ports that two stacks never both choose.

A port is taken by a lock on a file of its name, so nobody else takes it between the choice and the server's bind. The range lies
below the kernel's ephemeral one: no outgoing connection can slip in either.
"""

import fcntl
import os
import random
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from priorbus.devstack.errors import DevstackError

_FIRST, _LAST = 20_000, 29_999


@dataclass(frozen=True)
class PortLease:
    """A reserved port; it stays reserved while `fd` is open in any process."""

    port: int
    fd: int

    def release(self) -> None:
        os.close(self.fd)


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _lock_directory() -> Path:
    directory = Path(tempfile.gettempdir()) / "priorbus-ports"
    if not directory.exists():
        directory.mkdir(exist_ok=True)
        directory.chmod(0o1777)
    return directory


def try_lease(port: int) -> PortLease | None:
    """Reserve this very port; None when somebody has it."""
    try:
        fd = os.open(_lock_directory() / str(port), os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except PermissionError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    if not _bindable(port):
        os.close(fd)
        return None
    return PortLease(port, fd)


def lease(preferred: int | None = None) -> PortLease:
    """Reserve the preferred port or, when somebody has it, any other."""
    candidates = [] if preferred is None else [preferred]
    candidates += random.sample(range(_FIRST, _LAST + 1), 500)
    for port in candidates:
        found = try_lease(port)
        if found is not None:
            return found
    raise DevstackError(f"no free port between {_FIRST} and {_LAST}")
