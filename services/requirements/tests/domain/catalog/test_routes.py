"""The checks of authorizations.md 7.3, in their order (AUTH-07 to AUTH-10)."""

from typing import Any

import pytest

from priorbus.contracts.authorizations import Selection
from priorbus.contracts.replies import Refusal
from priorbus.contracts.templates import Provider
from priorbus.requirements.domain.catalog import Catalogue, ResolvedRoute, resolve_route

MRI = {"payer_id": "payer_evergreen", "state": "CA", "service_type": "outpatient", "service_code": "70553", "service_code_system": "cpt"}
BED = {"service_code": "E0250", "service_code_system": "hcpcs"}


def selection(**changes: Any) -> Selection:
    return Selection.model_validate(MRI | changes)


def test_a_supported_route(catalogue: Catalogue, provider: Provider) -> None:
    route = resolve_route(catalogue, provider, selection())
    assert isinstance(route, ResolvedRoute)
    assert (route.payer.display_name, route.template.template_id, route.template.version) == (
        "Evergreen Health Plan",
        "imaging-mri-brain",
        1,
    )
    assert (route.portal_auth_modes, route.route.access_mode) == (("automated",), "managed")
    assert route.route.label


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payer_id": "payer_dormant"}, "payer_inactive"),
        ({"state": "NY"}, "state_not_supported"),
        ({"payer_id": "payer_summit", "state": "TX", "service_type": "drug"}, "service_type_not_supported"),
        ({"payer_id": "payer_summit", "state": "TX"}, "service_code_not_supported"),
        ({"service_code_system": "hcpcs"}, "service_code_not_supported"),
        ({"service_type": "inpatient"}, "service_code_not_supported"),
    ],
)
def test_unsupported_routes(catalogue: Catalogue, provider: Provider, changes: dict[str, Any], reason: str) -> None:
    assert resolve_route(catalogue, provider, selection(**changes)) == Refusal(code="unsupported_route", details={"reason": reason})


def test_an_unsupported_portal_auth_mode_comes_last(catalogue: Catalogue, provider: Provider) -> None:
    refusal = resolve_route(catalogue, provider, selection(), "customer_login")
    assert refusal == Refusal(code="unsupported_route", details={"reason": "portal_auth_mode_not_supported"})
    refusal = resolve_route(catalogue, provider, selection(service_code="1"), "customer_login")
    assert refusal == Refusal(code="unsupported_route", details={"reason": "service_code_not_supported"})


def test_the_provider_is_looked_at_before_the_payer(catalogue: Catalogue, provider: Provider) -> None:
    wanted = selection(payer_id="payer_none")
    inactive = provider.model_copy(update={"status": "inactive"})
    assert resolve_route(catalogue, None, wanted) == Refusal(code="provider_not_found")
    assert resolve_route(catalogue, inactive, wanted) == Refusal(code="provider_access_not_configured")
    assert resolve_route(catalogue, provider, wanted) == Refusal(code="payer_not_found")


def test_payer_restrictions_of_a_template(catalogue: Catalogue, provider: Provider) -> None:
    route = resolve_route(catalogue, provider, selection(payer_id="payer_summit", state="TX", **BED))
    assert isinstance(route, ResolvedRoute)
    assert route.template.template_id == "dme-hospital-bed"
