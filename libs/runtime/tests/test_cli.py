from importlib.metadata import EntryPoint

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
