"""A process that has loaded the `priorbus` command and forks itself for each batch: `python -m priorbus.devstack.command_server FD`.

Loading all members takes a second of processor time; a test run has hundreds of commands and should not pay it hundreds of times.
Each batch still has a process and an environment of its own. FD is a socket, over which comes another one for each batch; the
server ends when the far end of the first is closed.
"""

import contextlib
import io
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence

import typer.main
from typer.core import TyperGroup

from priorbus.runtime.cli import application


def serve(control: socket.socket) -> None:
    """One process for each batch, as many at a time as are wanted."""
    program = typer.main.get_group(application())
    for name in program.list_commands(typer.Context(program)):
        program.get_command(typer.Context(program), name)
    # The batch's answer says that it is done, so nobody waits for its process.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        more, given, _, _ = socket.recv_fds(control, 1, 1)
        if not more:
            return
        with socket.socket(fileno=given[0]) as batch:
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                control.close()
                answer(program, batch)
                os._exit(0)


def answer(program: TyperGroup, batch: socket.socket) -> None:
    """Read the environment and the commands, run them, and write the exit code and what they printed."""
    with batch.makefile("r") as order, batch.makefile("w") as told:
        given = json.load(order)
        os.environ.clear()
        os.environ.update(given["env"])
        json.dump(run(program, given["commands"]), told)


def run(program: TyperGroup, commands: Sequence[Sequence[str]]) -> Mapping[str, object]:
    """The exit code of the first that fails, or 0; what each of them printed; and what they said on stderr."""
    printed: list[str] = []
    errors = io.StringIO()
    code = 0
    for command in commands:
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = _exit_code(program, command)
        printed.append(output.getvalue())
        if code:
            break
    return {"code": code, "printed": printed, "errors": errors.getvalue()}


def _exit_code(program: TyperGroup, command: Sequence[str]) -> int:
    try:
        program.main(list(command), prog_name="priorbus")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:  # noqa: BLE001 - the end of the process, told to whoever has asked for it
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
