"""Runs one program, ends with it, and ends it when its owner ends.

Started as a script with `python -I -S`, so it imports nothing outside the standard library and costs about 10 MB. The order is
one JSON object on standard input; `ok` or an error text is the answer on standard output. Afterwards the process detaches.

Three nets against orphans:

1. the owner's end is seen through a pidfd, at once and however it ends;
2. the program is killed by the kernel when the watchdog itself is killed (PR_SET_PDEATHSIG);
3. what the program leaves behind is adopted (PR_SET_CHILD_SUBREAPER) and killed.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Never

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)


def start_time(pid: int) -> int | None:
    """Clock ticks since boot when the process started; None when there is none, or only its zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def _die_with_watchdog(watchdog: int) -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != watchdog:
        os._exit(1)


def _spawn(command: list[str], order: dict[str, Any], log: int) -> subprocess.Popen[bytes]:
    watchdog = os.getpid()
    return subprocess.Popen(
        command,
        env=order["env"],
        cwd=order["cwd"],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        preexec_fn=lambda: _die_with_watchdog(watchdog),  # noqa: PLW1509  this process has one thread
    )


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _reap(wanted: int) -> int | None:
    """Collect every ended child; the exit code of `wanted` if it is among them."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        if pid == wanted:
            found = os.waitstatus_to_exitcode(status)


def _kill_the_rest() -> None:
    while children := _children():
        for pid in children:
            os.kill(pid, signal.SIGKILL)
        for pid in children:
            os.waitpid(pid, 0)


def _owner_fd(owner: dict[str, int] | None) -> int | None:
    """A pidfd that becomes readable when the owner ends; -1 when it has ended already."""
    if owner is None:
        return None
    try:
        fd = os.pidfd_open(owner["pid"])
    except ProcessLookupError:
        return -1
    return fd if start_time(owner["pid"]) == owner["start_time"] else -1


def _watch(program: int, owner: int | None, wakeup: int, grace: float) -> int:
    """Wait for the program's end; ask it to end when a SIGTERM arrives or the owner is gone."""
    poll = select.poll()
    poll.register(wakeup, select.POLLIN)
    if owner is not None:
        poll.register(owner, select.POLLIN)
    deadline: float | None = None
    while True:
        left = None if deadline is None else max(0.0, (deadline - time.monotonic()) * 1000)
        events = poll.poll(left)
        asked = any(fd == owner for fd, _ in events)
        if any(fd == wakeup for fd, _ in events):
            asked = asked or signal.SIGTERM in os.read(wakeup, 4096)
        code = _reap(program)
        if code is not None:
            return code
        if asked and deadline is None:
            deadline = time.monotonic() + grace
            if owner is not None:
                poll.unregister(owner)
            os.kill(program, signal.SIGTERM)
        elif deadline is not None and time.monotonic() >= deadline:
            os.kill(program, signal.SIGKILL)
            deadline = time.monotonic() + grace


def _write(path: str, record: dict[str, Any]) -> None:
    part = f"{path}.{os.getpid()}"
    Path(part).write_text(json.dumps(record))
    Path(part).replace(path)


def _identity(pid: int) -> dict[str, int]:
    return {"pid": pid, "start_time": start_time(pid) or 0}


def _run(order: dict[str, Any], answer: int) -> None:
    os.setsid()
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wakeup, wakeup_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wakeup_end, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    owner = _owner_fd(order["owner"])
    if owner == -1:
        os.write(answer, b"the owner has ended")
        return
    try:
        for companion in order["companions"]:
            _spawn(companion, order, log)
        program = _spawn(order["command"], order, log)
    except (OSError, subprocess.SubprocessError) as error:
        os.write(answer, str(error).encode())
        _kill_the_rest()
        return
    record = {"watchdog": _identity(os.getpid()), "program": _identity(program.pid)}
    _write(order["record"], record)
    os.write(answer, b"ok")
    os.close(answer)
    code = _watch(program.pid, owner, wakeup, order["grace"])
    _kill_the_rest()
    _write(order["record"], {**record, "exit_code": code})


def main() -> Never:
    """Fork, so that the watchdog is nobody's child to reap; pass its answer on."""
    order = json.load(sys.stdin)
    answer, answer_end = os.pipe2(os.O_CLOEXEC)
    if os.fork() == 0:
        os.close(answer)
        quiet = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(quiet, fd)
        _run(order, answer_end)
        os._exit(0)
    os.close(answer_end)
    text = os.read(answer, 4096) or b"the watchdog ended without an answer"
    os.write(1, text)
    os._exit(0 if text == b"ok" else 1)


if __name__ == "__main__":
    main()
