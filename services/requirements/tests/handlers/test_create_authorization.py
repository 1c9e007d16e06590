from services.requirements.tests.conftest import FULL, PROVIDER, SELECTION, answer_set
from services.requirements.tests.handlers.conftest import Office

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.commands.requirements import CaseRequest, CreateAuthorization
from priorbus.contracts.envelope import Idempotency
from priorbus.contracts.facts.requirements import AuthorizationCreated


def create(number: int = 1) -> CreateAuthorization:
    case = CaseRequest(provider_npi=PROVIDER.npi, selection=SELECTION, policy="automatic", answers=answer_set(FULL), metadata={"a": "b"})
    return CreateAuthorization(authorization_id=f"auth_{number}", case=case)


async def test_a_new_case_is_stored_told_and_answered_alike(office: Office) -> None:
    handled = await office.run(create())
    stored = await office.stored("auth_1")
    (fact,) = handled.published
    assert isinstance(fact, AuthorizationCreated)
    assert Authorization.model_validate(handled.result["authorization"]) == stored == fact.authorization
    assert (stored.version, stored.metadata) == (1, {"a": "b"})


async def test_one_key_opens_one_case(office: Office) -> None:
    key = Idempotency(scope="t_acme POST key", fingerprint="f")
    first = await office.run(create(1), idempotency=key)
    second = await office.run(create(2), idempotency=key)
    assert second.reply is not None
    assert second.reply.replayed
    assert (second.result, second.published) == (first.result, [])


async def test_the_provider_must_be_the_tenants(office: Office) -> None:
    handled = await office.run(create(), tenant="t_other")
    assert handled.refusal is not None
    assert (handled.refusal.code, handled.published) == ("provider_not_found", [])
