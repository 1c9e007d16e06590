"""What a stack keeps on disk: ports and secrets, so that the next start finds its data and other processes find its servers."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from priorbus.devstack.given import Given
from priorbus.devstack.processes import ProcessId


@dataclass(frozen=True)
class ServerState:
    """`source` is given, container or native."""

    source: str
    ports: Mapping[str, int] = field(default_factory=dict)
    secret: str = ""


@dataclass(frozen=True)
class BackingState:
    """`owner` is None for a stack that outlives the command which started it."""

    owner: ProcessId | None
    given: Given
    servers: Mapping[str, ServerState]


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """One process at a time starts or stops the stack at this root."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    fd = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def read_state(root: Path) -> BackingState | None:
    """None where no stack has been started."""
    try:
        raw = json.loads((root / "backing.json").read_text())
    except FileNotFoundError:
        return None
    return BackingState(
        owner=None if raw["owner"] is None else ProcessId(**raw["owner"]),
        given=Given(**raw["given"]),
        servers={name: ServerState(**server) for name, server in raw["servers"].items()},
    )


def forget_state(root: Path) -> None:
    (root / "backing.json").unlink(missing_ok=True)


def write_state(root: Path, state: BackingState) -> None:
    part = root / "backing.json.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps(asdict(state), indent=1))
    part.replace(root / "backing.json")
