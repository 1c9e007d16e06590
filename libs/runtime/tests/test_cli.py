import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner

from priorbus.runtime import cli
from priorbus.runtime.settings import BusSettings

keys = typer.Typer()


@keys.callback()
def group() -> None:
    """Keys."""


@keys.command()
def create(name: str, *, as_json: cli.AsJson = False) -> None:
    if name == "bad":
        cli.fail("that name is taken", as_json=as_json)
    cli.show({"name": name}, f"made {name}", as_json=as_json)


@keys.command()
def fall(*, as_json: cli.AsJson = False) -> None:
    raise RuntimeError("Ada Probe, mongodb://u:topsecret@h/")


@keys.command()
def connect(*, as_json: cli.AsJson = False) -> None:
    cli.command_settings(BusSettings, as_json=as_json)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.delenv("PRIORBUS_AMQP_URL", raising=False)

    class Point(EntryPoint):
        def load(self) -> typer.Typer:
            return keys

    monkeypatch.setattr(cli, "entry_points", lambda group: [Point("keys", "unused", group)])
    return CliRunner()


def test_commands_of_members_are_collected(run: CliRunner) -> None:
    result = run.invoke(cli.application(), ["keys", "create", "dev"])
    assert (result.exit_code, result.stdout) == (0, "made dev\n")


def test_json(run: CliRunner) -> None:
    result = run.invoke(cli.application(), ["keys", "create", "dev", "--json"])
    assert orjson.loads(result.stdout) == {"name": "dev"}


def test_failures(run: CliRunner) -> None:
    result = run.invoke(cli.application(), ["keys", "create", "bad"])
    assert (result.exit_code, result.stderr) == (1, "priorbus: that name is taken\n")
    result = run.invoke(cli.application(), ["keys", "create", "bad", "--json"])
    assert (result.exit_code, orjson.loads(result.stdout)) == (1, {"error": {"message": "that name is taken"}})


def test_missing_settings_are_named(run: CliRunner) -> None:
    result = run.invoke(cli.application(), ["keys", "connect"])
    assert result.exit_code == 78
    assert "PRIORBUS_AMQP_URL" in result.stderr


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_fault_is_told_by_kind_and_place(
    run: CliRunner, option: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["priorbus", "keys", "fall", *option])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    text = orjson.loads(told.out)["error"]["message"] if option else told.err
    assert ended.value.code == 70
    assert "unexpected failure: runtime at " in text
    assert "topsecret" not in told.out + told.err


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two groups, and which of them have been loaded."""
    names: list[str] = []

    class Point(EntryPoint):
        def load(self) -> typer.Typer:
            names.append(self.name)
            return keys

    monkeypatch.setattr(cli, "entry_points", lambda group: [Point(name, "unused", group) for name in ("tenants", "keys")])
    return names


def test_only_the_group_that_is_wanted_is_loaded(loaded: list[str]) -> None:
    assert CliRunner().invoke(cli.application(), ["keys", "create", "dev"]).exit_code == 0
    assert loaded == ["keys"]


def test_a_group_that_does_not_exist(loaded: list[str]) -> None:
    result = CliRunner().invoke(cli.application(), ["tenant", "create", "dev"])
    assert result.exit_code == 2
    assert "Did you mean 'tenants'?" in result.stderr


def test_help_tells_exit_codes(run: CliRunner) -> None:
    assert "78" in run.invoke(cli.application(), ["--help"]).stdout


def commands(app: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    context = typer.Context(app)
    for name in app.list_commands(context):
        command = app.get_command(context, name)
        if hasattr(command, "list_commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_every_command_says_what_it_does_and_answers_in_json() -> None:
    found = dict(commands(typer.main.get_command(cli.application())))
    assert ("dead-letters", "requeue") in found
    for path, command in found.items():
        assert any("--json" in parameter.opts for parameter in command.params), path
        assert command.help, path
        undescribed = [parameter.name for parameter in command.params if not getattr(parameter, "help", None)]
        assert undescribed == [], path
