"""A watched program ends with its owner, its watchdog or a word from outside, and leaves nothing behind."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from priorbus.devstack.errors import DevstackError
from priorbus.devstack.processes import ProcessId, Program, Supervised

# Says where its stray child is, then waits for ever.
PARENT = "import os, subprocess, time; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid, flush=True); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"


def python(source: str, cwd: Path, **options: float) -> Program:
    return Program(command=(sys.executable, "-c", source), cwd=cwd, grace=options.get("grace", 5.0))


def ended(pid: int) -> bool:
    """Wait until the process has ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([fd], [], [], 20)[0])
    finally:
        os.close(fd)


def first_line(supervised: Supervised) -> str:
    """The program's first output, as soon as it is there."""
    with subprocess.Popen(["tail", "-n", "+1", "-F", str(supervised.log)], stdout=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        line = tail.stdout.readline().strip()
        tail.terminate()
    return line


def test_what_a_program_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path, "parent")
    supervised.start(python(PARENT, tmp_path), ProcessId.current())
    stray = int(first_line(supervised))
    supervised.kill()
    assert supervised.process() is None
    assert supervised.exit_code() == -signal.SIGKILL
    assert ended(stray)


def test_a_program_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen(["sleep", "600"])
    supervised = Supervised(tmp_path, "parent")
    supervised.start(python(PARENT, tmp_path), ProcessId.of(owner.pid))
    stray = int(first_line(supervised))
    owner.kill()
    owner.wait()
    assert ended(stray)
    assert supervised.process() is None


def test_a_program_ends_when_its_watchdog_is_killed(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path, "parent")
    supervised.start(python("import time; time.sleep(600)", tmp_path), ProcessId.current())
    process = supervised.process()
    watchdog = json.loads((tmp_path / "run" / "parent.json").read_text())["watchdog"]["pid"]
    assert process is not None
    os.kill(watchdog, signal.SIGKILL)
    assert ended(process.pid)


def test_a_program_without_an_owner_outlives_its_starter(tmp_path: Path) -> None:
    source = f"""
from pathlib import Path
from priorbus.devstack.processes import Program, Supervised
root = Path({str(tmp_path)!r})
Supervised(root, "detached").start(Program(command=("sleep", "600"), cwd=root), None)
"""
    subprocess.run([sys.executable, "-c", source], check=True)
    supervised = Supervised(tmp_path, "detached")
    assert supervised.process() is not None
    supervised.stop()
    assert supervised.process() is None
    assert supervised.exit_code() == -signal.SIGTERM


def test_a_program_that_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path, "stubborn")
    supervised.start(python(STUBBORN, tmp_path, grace=0.2), ProcessId.current())
    assert first_line(supervised) == "ready"
    supervised.stop()
    assert supervised.exit_code() == -signal.SIGKILL


def test_a_process_that_has_the_number_of_an_ended_one_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as other:
        earlier = ProcessId(other.pid, ProcessId.of(other.pid).start_time - 1)
        assert earlier.signal(signal.SIGKILL, 0)
        assert other.poll() is None
        other.terminate()


def test_settings_of_the_calling_shell_do_not_reach_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIORBUS_AMQP_URL", "amqp://somewhere.else")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    supervised = Supervised(tmp_path, "environment")
    source = "import os, time; print(sorted(n for n in os.environ if n.startswith(('PRIORBUS_', 'PYTHOND'))), flush=True); time.sleep(600)"
    program = Program(command=(sys.executable, "-c", source), cwd=tmp_path, env={"PRIORBUS_OWN": "1"})
    supervised.start(program, ProcessId.current())
    assert first_line(supervised) == "['PRIORBUS_OWN']"
    supervised.kill()


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DevstackError, match="missing could not be run"):
        Supervised(tmp_path, "missing").start(Program(command=("/no/such/program",), cwd=tmp_path), ProcessId.current())
