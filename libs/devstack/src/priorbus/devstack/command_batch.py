"""Several `priorbus` commands in one process: `python -m priorbus.devstack.command_batch`, commands on standard input.

Loading all members takes a second of processor time; a new stack needs seven commands and should not pay it seven times.
"""

import contextlib
import io
import json
import sys
from collections.abc import Sequence

import typer.main

from priorbus.runtime.cli import application


def run(commands: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """The exit code of the first that fails, or 0; and what each of them printed."""
    program = typer.main.get_command(application())
    printed: list[str] = []
    for command in commands:
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = program(list(command), standalone_mode=False)
        printed.append(output.getvalue())
        if code:
            return int(code), printed
    return 0, printed


def main() -> int:
    """Print one JSON array of what the commands printed."""
    code, printed = run(json.load(sys.stdin))
    sys.stdout.write(json.dumps(printed))
    return code


if __name__ == "__main__":
    sys.exit(main())
