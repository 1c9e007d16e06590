import json
from typing import Any

import pytest
from typer.testing import CliRunner

from priorbus.gateway.credentials import api_key
from priorbus.runtime.cli import application


@pytest.fixture
def priorbus(mongo_url: str, database_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PRIORBUS_MONGO_URL", mongo_url)
    monkeypatch.setenv("PRIORBUS_MONGO_DATABASE_PREFIX", database_prefix)

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(application(), list(arguments))

    return run


def test_a_tenant_a_key_and_a_token(priorbus: Any) -> None:
    assert json.loads(priorbus("tenants", "create", "t_acme", "--json").stdout) == {"tenant": "t_acme", "created": True}
    assert json.loads(priorbus("tenants", "create", "t_acme", "--json").stdout)["created"] is False
    key = json.loads(priorbus("keys", "create", "--tenant", "t_acme", "--name", "dev", "--scope", "files:read", "--json").stdout)
    assert (key["scopes"], api_key.lookup_digest(key["key"], "test") is not None) == (["files:read"], True)
    token = priorbus("fhir", "token", "--tenant", "t_acme", "--client", "dev")
    assert (token.exit_code, len(token.stdout.strip())) == (0, 43)


@pytest.mark.parametrize(
    "arguments",
    [
        ("tenants", "create", "ACME"),
        ("tenants", "create", "t_a.b"),
        ("keys", "create", "--tenant", "t_nobody", "--name", "dev"),
        ("keys", "create", "--tenant", "t_nobody", "--name", "dev", "--scope", "everything"),
        ("fhir", "token", "--tenant", "t_nobody", "--client", "dev", "--scope", "Claim"),
    ],
)
def test_what_is_refused(priorbus: Any, arguments: tuple[str, ...]) -> None:
    done = priorbus(*arguments, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["message"]
