"""One backing server of a stack: start, stop, kill, start again with the same data and ports."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from priorbus.devstack import container
from priorbus.devstack.errors import DevstackError, NotControllableError
from priorbus.devstack.place import Place, ServerKind
from priorbus.devstack.ports import PortLease, try_lease
from priorbus.devstack.processes import ProcessId, Program, Supervised

_READY_WITHIN = 60.0
_ASK_EVERY = 0.1


class Server(Protocol):
    """What a test may do to a backing server. Every call returns when it is done."""

    def start(self) -> None:
        """Until it takes work. Harmless when it runs."""

    def stop(self) -> None:
        """In an orderly way. Harmless when it is stopped."""

    def kill(self) -> None:
        """As a crash does."""

    def restart(self) -> None:
        """Stop and start."""

    def running(self) -> bool: ...

    def process(self) -> ProcessId | None:
        """None when it does not run, or is not ours."""


@dataclass(frozen=True)
class GivenServer:
    """A server that somebody else runs."""

    name: str

    def start(self) -> None:
        """It is taken to run."""

    def stop(self) -> None:
        raise NotControllableError(f"{self.name} was given by address and is not ours to stop")

    kill = restart = stop

    def running(self) -> bool:
        return True

    def process(self) -> ProcessId | None:
        return None


@dataclass(frozen=True)
class OwnServer:
    """A server of this stack, native or in a container. `held` keeps its ports reserved also while it is stopped."""

    kind: ServerKind
    place: Place
    root: Path
    owner: ProcessId | None
    in_container: bool
    held: Sequence[PortLease] = ()

    @property
    def _supervised(self) -> Supervised:
        return Supervised(self.root, self.kind.name)

    @property
    def log(self) -> Path:
        return self._supervised.log

    @property
    def _container_name(self) -> str:
        return f"priorbus-{sha256(str(self.root).encode()).hexdigest()[:12]}-{self.kind.name}"

    def _program(self) -> Program:
        self.place.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.in_container:
            return container.foreground(self._container_name, self.kind.image(self.place), self.place.directory)
        return self.kind.native(self.place)

    def start(self) -> None:
        if not self.running():
            held = self.held or [lease for lease in map(try_lease, self.place.ports.values()) if lease is not None]
            self._supervised.start(self._program(), self.owner, [lease.fd for lease in held])
            if not self.held:
                _release(held)
        self._wait_ready()

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while True:
            try:
                return self.kind.check_ready(self.place)
            except Exception as error:  # whatever a starting server does to its client
                if not self.running():
                    raise DevstackError(f"{self.kind.name} ended while starting:\n{self._supervised.tail()}") from error
                if time.monotonic() > deadline:
                    text = f"{self.kind.name} is not ready after {_READY_WITHIN:.0f} s ({error}):\n{self._supervised.tail()}"
                    self.stop()
                    raise DevstackError(text) from error
            time.sleep(_ASK_EVERY)

    def stop(self) -> None:
        self._supervised.stop()

    def kill(self) -> None:
        if self.in_container:
            container.kill(self._container_name)
            self._supervised.stop()
        else:
            self._supervised.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def running(self) -> bool:
        return self.process() is not None

    def process(self) -> ProcessId | None:
        """The server's process, its children not counted; None when it does not run."""
        return self._supervised.process()

    def leave(self) -> None:
        """Stop and give the ports back."""
        self.stop()
        _release(self.held)

    def remove_data(self) -> None:
        """Drop everything it stored. The server must be stopped."""
        if self.in_container:
            container.remove_data(self._container_name)
        shutil.rmtree(self.place.directory, ignore_errors=True)


def _release(leases: Sequence[PortLease]) -> None:
    for lease in leases:
        lease.release()
