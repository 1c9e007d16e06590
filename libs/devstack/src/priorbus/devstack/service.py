"""One service process of a stack: start, stop, kill, start again with the same settings and ports."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from priorbus.devstack.asking import ask
from priorbus.devstack.errors import DevstackError
from priorbus.devstack.ports import PortLease
from priorbus.devstack.processes import ProcessId, Program, Supervised

_READY_WITHIN = 60.0
_ASK_EVERY = 0.05
# A service drains in under 10 s.
_GRACE = 12.0


@dataclass(frozen=True)
class Kind:
    """A row of the process table."""

    name: str
    module: str
    http: bool = False
    """It has a public port, PRIORBUS_HTTP_PORT, beside its health port."""


# The order is that of starting; stopping goes the other way, so that nothing is taken in which nobody works on.
KINDS: Sequence[Kind] = (
    Kind("requirements", "priorbus.requirements"),
    Kind("fhir-pas", "priorbus.fhir_pas"),
    Kind("storage", "priorbus.storage"),
    Kind("projector", "priorbus.gateway.projector"),
    Kind("gateway", "priorbus.gateway", http=True),
)


@dataclass(frozen=True)
class Service:
    """A process of the stack. Every call returns when it is done; `held` keeps its ports reserved also while it is stopped."""

    name: str
    kind: Kind
    root: Path
    owner: ProcessId | None
    env: Mapping[str, str] = field(repr=False)
    health_port: int
    http_port: int | None
    held: Sequence[PortLease] = field(default=(), repr=False)

    @property
    def _supervised(self) -> Supervised:
        return Supervised(self.root, self.name)

    @property
    def log(self) -> Path:
        """JSON lines of all its runs."""
        return self._supervised.log

    @property
    def health_url(self) -> str:
        """Has `/health`, `/health/ready` and `/metrics`."""
        return f"http://127.0.0.1:{self.health_port}"

    @property
    def base_url(self) -> str:
        """The public HTTP address. Raises DevstackError for a process that has none."""
        if self.http_port is None:
            raise DevstackError(f"{self.name} has no public port")
        return f"http://127.0.0.1:{self.http_port}"

    def launch(self) -> None:
        """Run it without waiting until it is ready. Harmless when it runs."""
        if self.running():
            return
        env = {**self.env, "PYTHONUNBUFFERED": "1", "PRIORBUS_HEALTH_PORT": str(self.health_port)}
        if self.http_port is not None:
            env["PRIORBUS_HTTP_PORT"] = str(self.http_port)
        program = Program(command=(sys.executable, "-m", self.kind.module), env=env, cwd=self.root, grace=_GRACE)
        self._supervised.start(program, self.owner, [lease.fd for lease in self.held])

    def wait_ready(self) -> None:
        """Return when `/health/ready` says so. Raises DevstackError when it ends before, or after a minute."""
        deadline = time.monotonic() + _READY_WITHIN
        while not self.ready():
            if not self.running():
                raise DevstackError(f"{self.name} ended while starting:\n{self._supervised.tail()}")
            if time.monotonic() > deadline:
                raise DevstackError(f"{self.name} is not ready after {_READY_WITHIN:.0f} s:\n{self._supervised.tail()}")
            time.sleep(_ASK_EVERY)

    def ready(self) -> bool:
        """Whether `/health/ready` answers 200 now."""
        try:
            return ask(f"{self.health_url}/health/ready").is_success
        except httpx.TransportError:
            return False

    def start(self) -> None:
        """Until it is ready. Harmless when it runs."""
        self.launch()
        self.wait_ready()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if it does not drain in time. Harmless when it is stopped."""
        self._supervised.stop(_GRACE)

    def kill(self) -> None:
        """SIGKILL. Harmless when it is stopped."""
        self._supervised.kill()

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    def running(self) -> bool:
        return self.process() is not None

    def process(self) -> ProcessId | None:
        """The Python process of the service, None when it does not run."""
        return self._supervised.process()

    def exit_code(self) -> int | None:
        """How its last run ended: negative for a signal, None while it runs."""
        return self._supervised.exit_code()

    def leave(self) -> None:
        """Stop and give the ports back."""
        self.stop()
        for lease in self.held:
            lease.release()
