"""The `priorbus` command: every installed member adds its commands through the entry point group `priorbus.commands`.

An entry point names a `typer.Typer`; its name becomes the group, for example `keys` in `priorbus keys create`.
"""

import sys
from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any, NoReturn, TypeVar

import orjson
import typer
from typer.core import TyperGroup
from typer.main import get_group

from priorbus.runtime.logs import describe_error
from priorbus.runtime.settings import InvalidSettings, ProcessSettings, load_settings

COMMANDS = "priorbus.commands"
_EXIT_FAULT = 70  # EX_SOFTWARE of sysexits.h
_EXIT_BAD_SETTINGS = 78  # EX_CONFIG
_HELP = "Operate Priorbus."
_EXIT_CODES = (
    "Exit codes: 0 done, 1 refused or a server is away, 2 wrong usage, 70 a fault of this command, 78 settings are missing or invalid. "
    "Settings are environment variables, those of the services."
)

S = TypeVar("S", bound=ProcessSettings)
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document on stdout.")]
"""The option that every command has."""


class Groups(TyperGroup):
    """The groups of all installed members. Each is loaded when it is wanted: all of them take a second or two."""

    @cached_property
    def _points(self) -> Mapping[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=COMMANDS)}

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return sorted(self._points)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        """One that does not exist is a mistake, for which all are looked at: another name may have been meant."""
        for name in {cmd_name} & self._points.keys() or self._points.keys():
            if name not in self.commands:
                group = get_group(self._points[name].load())
                group.name = name
                self.add_command(group)
        return super().get_command(ctx, cmd_name)


def application() -> typer.Typer:
    """The command line of all installed members."""
    app = typer.Typer(cls=Groups, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

    @app.callback(help=_HELP, epilog=_EXIT_CODES)
    def root() -> None:
        """Every command belongs to a group."""

    return app


def main() -> None:
    """The console script. A fault is told by kind and place: a stack trace helps no operator, and may hold what must not be told."""
    try:
        application()()
    except Exception as error:  # noqa: BLE001 - the end of the process is the handling
        told = describe_error(error)
        say_failure(f"unexpected failure: {told['kind']} at {told.get('at', 'an unknown place')}", as_json="--json" in sys.argv)
        raise SystemExit(_EXIT_FAULT) from None


def show(value: object, text: str, *, as_json: bool) -> None:
    """Print a command's result: as JSON, or as text for people."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() if as_json else text)


def fail(message: str, *, as_json: bool, code: int = 1) -> NoReturn:
    """End with an error: on stderr for people, as `{"error": {"message"}}` on stdout with --json."""
    say_failure(message, as_json=as_json)
    raise typer.Exit(code)


def say_failure(message: str, *, as_json: bool) -> None:
    """Print an error without ending."""
    if as_json:
        typer.echo(orjson.dumps({"error": {"message": message}}).decode())
    else:
        typer.echo(f"priorbus: {message}", err=True)


def command_settings(settings_type: type[S], *, as_json: bool) -> S:
    """The settings a command needs; ends with a clear message when they are missing."""
    try:
        return load_settings(settings_type)
    except InvalidSettings as error:
        fail(str(error), as_json=as_json, code=_EXIT_BAD_SETTINGS)


if __name__ == "__main__":
    main()
