import pytest
from services.requirements.tests.conftest import PAYER, PROVIDER, SELECTION, TENANT
from services.requirements.tests.handlers.conftest import Office

from priorbus.contracts.commands.requirements import ListRoutes, ResolveRoute
from priorbus.requirements.aggregates import PROVIDERS


async def test_a_route_names_what_a_case_would_be_pinned_to(office: Office) -> None:
    handled = await office.run(ResolveRoute(provider_npi=PROVIDER.npi, selection=SELECTION))
    assert handled.result == {
        "payer_id": PAYER.id,
        "payer_display_name": PAYER.display_name,
        "state": "CA",
        "service_type": "outpatient",
        "service_code_systems": ["cpt"],
        "route": {"channel": "fhir_pas", "access_mode": "managed", "label": "Evergreen, electronic prior authorization"},
        "portal_auth_modes": ["automated"],
        "template_id": "imaging",
        "template_version": 1,
    }
    assert handled.published == []


@pytest.mark.parametrize(
    ("npi", "selection", "mode", "code"),
    [
        ("1679576722", {}, "automated", "provider_not_found"),
        (PROVIDER.npi, {"payer_id": "payer_none"}, "automated", "payer_not_found"),
        (PROVIDER.npi, {"state": "NY"}, "automated", "unsupported_route"),
        (PROVIDER.npi, {}, "customer_login", "unsupported_route"),
    ],
)
async def test_it_is_refused_like_a_case(office: Office, npi: str, selection: dict[str, str], mode: str, code: str) -> None:
    query = ResolveRoute.model_validate(
        {"provider_npi": npi, "selection": SELECTION.model_copy(update=selection), "portal_auth_mode": mode}
    )
    refusal = (await office.run(query)).refusal
    assert refusal is not None
    assert refusal.code == code


async def listed(office: Office, **filters: str) -> list[tuple[str, str]]:
    handled = await office.run(ListRoutes.model_validate({"provider_npi": PROVIDER.npi, **filters}))
    return [(route["payer_id"], route["state"]) for route in handled.result["routes"]]


async def test_routes_of_a_provider(office: Office) -> None:
    assert await listed(office) == [(PAYER.id, "CA")]
    assert await listed(office, payer_id=PAYER.id, state="CA", service_type="outpatient") == [(PAYER.id, "CA")]
    for filters in ({"payer_id": "payer_none"}, {"state": "NY"}, {"service_type": "drug"}):
        assert await listed(office, **filters) == []


async def test_an_inactive_provider_has_no_routes_and_an_unknown_one_is_not_found(office: Office) -> None:
    await office.stage.store.put(PROVIDERS, TENANT, PROVIDER.model_copy(update={"npi": "1003000126", "status": "inactive"}))
    assert (await office.run(ListRoutes(provider_npi="1003000126"))).result == {"routes": []}
    refusal = (await office.run(ListRoutes(provider_npi="1679576722"))).refusal
    assert refusal is not None
    assert refusal.code == "provider_not_found"
