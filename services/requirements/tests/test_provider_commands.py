import orjson
import pytest
from typer.testing import CliRunner, Result

from priorbus.requirements.provider_commands import app

NO_SERVER = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50"


def register(npi: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["register", "--tenant", "t_acme", "--npi", npi, "--name", "Clinic", *options])


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, mongo_url: str, database_prefix: str) -> None:
    monkeypatch.setenv("PRIORBUS_MONGO_URL", mongo_url)
    monkeypatch.setenv("PRIORBUS_MONGO_DATABASE_PREFIX", database_prefix)


@pytest.mark.usefixtures("database")
def test_registering_again_changes_nothing() -> None:
    first = orjson.loads(register("1234567893", "--inactive", "--json").stdout)
    assert (first["created"], first["provider"]["status"]) == (True, "inactive")
    assert orjson.loads(register("1234567893", "--json").stdout)["created"] is False
    assert "was registered before in t_acme" in register("1234567893").stdout


@pytest.mark.usefixtures("database")
def test_a_malformed_npi_is_an_error() -> None:
    result = register("12", "--json")
    assert (result.exit_code, orjson.loads(result.stdout)) == (1, {"error": {"message": "An NPI has 10 digits."}})


def test_a_database_that_is_away_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIORBUS_MONGO_URL", NO_SERVER)
    result = register("1234567893")
    assert result.exit_code == 1
    assert "MongoDB does not answer" in result.stderr
