from services.requirements.tests.handlers.conftest import Office

from priorbus.contracts.commands.requirements import RegisterProvider
from priorbus.contracts.facts.requirements import ProviderRegistered
from priorbus.contracts.replies import Issue, Refusal


async def test_a_provider_is_registered_once_per_tenant(office: Office) -> None:
    command = RegisterProvider(npi="1679576722", display_name="Clinic Two", metadata={"a": "b"})
    first = await office.run(command)
    (fact,) = first.published
    assert isinstance(fact, ProviderRegistered)
    assert first.result["provider"] == fact.provider.model_dump(mode="json")
    again = await office.run(command)
    assert again.refusal is not None
    assert (again.refusal.code, again.published) == ("provider_already_exists", [])
    assert (await office.run(command, tenant="t_other")).refusal is None


async def test_a_bad_body_is_answered_by_the_owner(office: Office) -> None:
    found = Refusal(code="bad_request", issues=(Issue(code="missing", message="m", field="/npi"),))
    assert (await office.run(RegisterProvider(schema_refusal=found))).refusal == found


async def test_a_malformed_npi_is_refused(office: Office) -> None:
    handled = await office.run(RegisterProvider(npi="12", display_name="Clinic"))
    assert handled.refusal is not None
    assert handled.refusal.code == "bad_request"
