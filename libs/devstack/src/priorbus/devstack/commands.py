"""`priorbus` commands for a stack, each batch in a process of its own that need not load anything (see `command_server`)."""

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any

from priorbus.devstack.errors import DevstackError

_starting = Lock()


def run_commands(env: Mapping[str, str], *commands: Sequence[str]) -> list[Any]:
    """Run `priorbus ... --json` commands one after the other with these settings; their parsed answers. Raises DevstackError."""
    order = {"env": {**os.environ, **env}, "commands": [[*command, "--json"] for command in commands]}
    told = json.loads(_ask(json.dumps(order).encode()) or '{"code": null, "printed": [], "errors": "the process has crashed"}')
    printed: list[str] = told["printed"]
    if told["code"] != 0:
        failed = " ".join(commands[max(len(printed), 1) - 1])
        raise DevstackError(f"priorbus {failed} failed ({told['code']}):\n{''.join(printed[-1:])}{told['errors']}")
    return [json.loads(answer) for answer in printed]


def _ask(order: bytes) -> bytes:
    """All that a process of the server's answers; nothing when it has crashed."""
    with _starting:
        server = _server()
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            socket.send_fds(server, [b"\0"], [theirs.fileno()])
        ours.sendall(order)
        ours.shutdown(socket.SHUT_WR)
        with ours.makefile("rb") as answer:
            return answer.read()


@cache
def _server() -> socket.socket:
    """The server of this process, which ends with it."""
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", "priorbus.devstack.command_server", str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
