"""Batches of commands run apart from each other and from the test."""

import os
import select
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE

import pytest

from priorbus.devstack.commands import run_commands
from priorbus.devstack.errors import DevstackError

# Says which process serves it, then waits for ever.
OWNER = """
import sys
from pathlib import Path
from priorbus.devstack.commands import run_commands
run_commands({}, ["pas", "endpoint", "key", sys.argv[1]])
print(Path("/proc/thread-self/children").read_text(), flush=True)
sys.stdin.read()
"""


def test_commands_answer_in_their_order(tmp_path: Path) -> None:
    paths = [tmp_path / "one.json", tmp_path / "two.json"]
    answers = run_commands({}, *(["pas", "endpoint", "key", str(path)] for path in paths))
    kids = [answer["keys"][0]["kid"] for answer in answers]
    assert [kid in path.read_text() for kid in kids for path in paths] == [True, False, False, True]


def test_the_first_that_fails_is_the_last_and_says_why(tmp_path: Path) -> None:
    left = tmp_path / "left.json"
    with pytest.raises(DevstackError, match=r"(?s)priorbus tenants list failed \(78\):.*PRIORBUS_MONGO_URL"):
        run_commands({}, ["tenants", "list"], ["pas", "endpoint", "key", str(left)])
    assert not left.exists()


def test_wrong_usage_is_told() -> None:
    with pytest.raises(DevstackError, match=r"(?s)priorbus tenants made failed \(2\):.*No such command"):
        run_commands({}, ["tenants", "made"])


def test_batches_at_the_same_time_have_settings_of_their_own() -> None:
    def told(wrong: str) -> set[str]:
        with pytest.raises(DevstackError) as failed:
            run_commands({"PRIORBUS_MONGO_URL": "mongodb://nowhere", wrong: "neither"}, ["tenants", "list"])
        return {name for name in names if name in str(failed.value)}

    names = ["PRIORBUS_ENVIRONMENT", "PRIORBUS_EVENT_RETENTION_DAYS"] * 4
    with ThreadPoolExecutor(len(names)) as pool:
        assert list(pool.map(told, names)) == [{name} for name in names]


def test_the_server_ends_with_the_process_that_uses_it(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path / "key.json")], stdin=PIPE, stdout=PIPE) as owner:
        assert owner.stdout is not None
        server = os.pidfd_open(int(owner.stdout.readline()))
        owner.kill()
    try:
        assert select.select([server], [], [], 20)[0]
    finally:
        os.close(server)
