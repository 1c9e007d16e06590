import json
from typing import Any

import pytest
from pymongo import MongoClient
from typer.testing import CliRunner

from priorbus.gateway.credentials import api_key
from priorbus.gateway.oauth.clients import FhirClients
from priorbus.gateway.oauth.tokens import TOKENS
from priorbus.runtime.cli import application


@pytest.fixture
def priorbus(mongo_url: str, emptied_prefix: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PRIORBUS_MONGO_URL", mongo_url)
    monkeypatch.setenv("PRIORBUS_MONGO_DATABASE_PREFIX", emptied_prefix)

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


def answer_of(done: Any) -> Any:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_tenants_and_keys_are_listed_and_keys_revoked(priorbus: Any) -> None:
    for tenant in ("t_acme", "t_borealis"):
        priorbus("tenants", "create", tenant, "--name", tenant.upper())
    made = answer_of(priorbus("keys", "create", "--tenant", "t_acme", "--name", "dev", "--json"))
    assert [(one["tenant"], one["name"]) for one in answer_of(priorbus("tenants", "list", "--json"))] == [
        ("t_acme", "T_ACME"),
        ("t_borealis", "T_BOREALIS"),
    ]
    [listed] = answer_of(priorbus("keys", "list", "--tenant", "t_acme", "--json"))
    assert (listed["id"], listed["name"], listed["scopes"], listed["revokedAt"]) == (made["id"], "dev", ["*"], None)
    assert made["key"] not in json.dumps(listed)
    assert answer_of(priorbus("keys", "list", "--tenant", "t_borealis", "--json")) == []
    assert priorbus("keys", "revoke", "--tenant", "t_borealis", made["id"]).exit_code == 1
    revoked = answer_of(priorbus("keys", "revoke", "--tenant", "t_acme", made["id"], "--json"))
    assert answer_of(priorbus("keys", "revoke", "--tenant", "t_acme", made["id"], "--json")) == revoked
    assert answer_of(priorbus("keys", "list", "--tenant", "t_acme", "--json")) == [revoked]
    assert revoked["revokedAt"] is not None


def test_fhir_clients_are_listed_and_removed(priorbus: Any) -> None:
    priorbus("tenants", "create", "t_acme")
    made = answer_of(priorbus("fhir", "clients", "create", "--tenant", "t_acme", "--id", "ehr", "--basic", "--npi", "1", "--json"))
    [listed] = answer_of(priorbus("fhir", "clients", "list", "--tenant", "t_acme", "--json"))
    assert (listed["id"], listed["basic"], listed["npis"], listed["scopes"]) == ("ehr", True, ["1"], ["system/*.cruds"])
    assert made["secret"] not in json.dumps(listed)
    assert answer_of(priorbus("fhir", "clients", "remove", "--tenant", "t_acme", "ehr", "--json")) == {"id": "ehr", "removed": True}
    assert answer_of(priorbus("fhir", "clients", "list", "--tenant", "t_acme", "--json")) == []
    assert priorbus("fhir", "clients", "remove", "--tenant", "t_acme", "ehr").exit_code == 1


class Died(BaseException):
    """The process is gone."""


def test_a_removal_that_dies_half_way_is_ended_by_the_next(
    priorbus: Any, mongo_url: str, emptied_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tenant in ("t_acme", "t_borealis"):
        priorbus("tenants", "create", tenant)
        answer_of(priorbus("fhir", "clients", "create", "--tenant", tenant, "--id", f"ehr{tenant}", "--basic", "--json"))
        for client in (f"ehr{tenant}", "ehrt_acme"):
            assert priorbus("fhir", "token", "--tenant", tenant, "--client", client).exit_code == 0
    removal = FhirClients.remove

    async def dying(self: FhirClients, tenant: str, client_id: str) -> bool:
        await removal(self, tenant, client_id)
        raise Died

    def tokens() -> set[tuple[str, str]]:
        with MongoClient[dict[str, Any]](mongo_url) as server:
            return {(one["tenant"], one["client_id"]) for one in server[f"{emptied_prefix}_gateway"][TOKENS].find()}

    others = {("t_borealis", "ehrt_borealis"), ("t_borealis", "ehrt_acme")}
    command = ("fhir", "clients", "remove", "--tenant", "t_acme", "ehrt_acme")
    with monkeypatch.context() as patch:
        patch.setattr(FhirClients, "remove", dying)
        with pytest.raises(Died):
            priorbus(*command)
    assert answer_of(priorbus("fhir", "clients", "list", "--tenant", "t_acme", "--json")) == []
    assert tokens() == {("t_acme", "ehrt_acme"), *others}
    assert priorbus(*command).exit_code == 1
    assert tokens() == others


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


def test_nobody_gets_a_token_for_what_belongs_to_no_client(priorbus: Any) -> None:
    assert priorbus("tenants", "create", "t_acme").exit_code == 0
    done = priorbus("fhir", "token", "--tenant", "t_acme", "--client", "", "--scope", "system/Claim.r", "--json")
    assert (done.exit_code, "has a name" in json.loads(done.stdout)["error"]["message"]) == (1, True)
