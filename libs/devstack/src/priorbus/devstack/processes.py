"""Processes that outlive neither their owner nor their watchdog, found again by pid and start time."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from priorbus.devstack import watchdog
from priorbus.devstack.errors import DevstackError

_STOP_MARGIN = 5.0
_NOT_PASSED_ON = ("PRIORBUS_", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class ProcessId:
    """A process, safe against reuse of its number: `start_time` is clock ticks since boot."""

    pid: int
    start_time: int

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        """The process that has this number now."""
        return cls(pid, watchdog.start_time(pid) or 0)

    @classmethod
    def current(cls) -> "ProcessId":
        return cls.of(os.getpid())

    def alive(self) -> bool:
        return watchdog.start_time(self.pid) == self.start_time

    def signal(self, number: signal.Signals, timeout: float) -> bool:
        """Send a signal and wait at most `timeout` seconds; True when the process has ended."""
        try:
            fd = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            if not self.alive():
                return True
            signal.pidfd_send_signal(fd, number)
            return bool(select.select([fd], [], [], timeout)[0])
        except ProcessLookupError:
            return True
        finally:
            os.close(fd)


@dataclass(frozen=True)
class Program:
    """What to run. `companions` are started before the command and end with it; `grace` is seconds between SIGTERM and SIGKILL.

    `env` adds to the environment of the caller, of which no `PRIORBUS_` variable is passed on: a stack is configured by its code.
    Nor is PYTHONDONTWRITEBYTECODE: services would compile themselves at each start, which takes longer than all the rest of it.
    """

    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    companions: Sequence[Sequence[str]] = ()
    grace: float = 10.0


@dataclass(frozen=True)
class Supervised:
    """One named program of a stack: its record is `<root>/run/<name>.json`, its output `<root>/logs/<name>.log`."""

    root: Path
    name: str

    @property
    def log(self) -> Path:
        return self.root / "logs" / f"{self.name}.log"

    @property
    def _record(self) -> Path:
        return self.root / "run" / f"{self.name}.json"

    def start(self, program: Program, owner: ProcessId | None, keep_fds: Sequence[int] = ()) -> None:
        """Run the program until it ends, `stop` is called or the owner ends (`None`: nobody owns it).

        `keep_fds` stay open in the watchdog as long as the program runs. Raises DevstackError when it cannot be run.
        """
        for path in (self.log, self._record):
            path.parent.mkdir(parents=True, exist_ok=True)
        order = {
            "command": list(program.command),
            "companions": [list(companion) for companion in program.companions],
            "env": {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)} | dict(program.env),
            "cwd": str(program.cwd),
            "grace": program.grace,
            "owner": None if owner is None else asdict(owner),
            "log": str(self.log),
            "record": str(self._record),
        }
        answer = subprocess.run(
            [sys.executable, "-I", "-S", watchdog.__file__],
            input=json.dumps(order).encode(),
            capture_output=True,
            pass_fds=tuple(keep_fds),
            check=False,
        )
        if answer.returncode != 0:
            reason = (answer.stdout or answer.stderr).decode(errors="replace")
            raise DevstackError(f"{self.name} could not be run: {reason}")

    def _process(self, role: str) -> ProcessId | None:
        try:
            record = json.loads(self._record.read_text())
        except FileNotFoundError:
            return None
        return ProcessId(**record[role])

    def watchdog(self) -> ProcessId | None:
        """The process that watches over the program and is the parent of all it leaves behind."""
        return self._process("watchdog")

    def process(self) -> ProcessId | None:
        """The running program, or None."""
        process = self._process("program")
        return process if process is not None and process.alive() else None

    def exit_code(self) -> int | None:
        """How the last run ended: negative for a signal; None when it runs, or its watchdog was killed."""
        try:
            code = json.loads(self._record.read_text()).get("exit_code")
        except FileNotFoundError:
            return None
        return None if code is None else int(code)

    def stop(self, grace: float = 10.0) -> None:
        """SIGTERM, then SIGKILL after the program's grace; returns when nothing of it runs any more."""
        self._end(signal.SIGTERM, "watchdog", grace + _STOP_MARGIN)

    def kill(self) -> None:
        """SIGKILL, as a crash would; returns when nothing of it runs any more."""
        self._end(signal.SIGKILL, "program", 0.0)

    def _end(self, number: signal.Signals, role: str, timeout: float) -> None:
        process = self._process(role)
        if process is not None:
            process.signal(number, timeout)
        supervisor = self._process("watchdog")
        if supervisor is None or supervisor.signal(signal.SIGTERM, timeout + _STOP_MARGIN):
            return
        supervisor.signal(signal.SIGKILL, _STOP_MARGIN)

    def tail(self, lines: int = 20) -> str:
        """The end of its output, for an error message at the terminal."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
