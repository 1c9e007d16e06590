from importlib import import_module
from typing import Any

import pytest

from priorbus.gateway.fhir_routes import FHIR_ROUTES
from priorbus.gateway.oauth.clients import BASES
from priorbus.gateway.presentation.fhir.capability_statement import Limits, capability_statement

PUBLIC = "https://pas.example.test"
LIMITS = Limits(50 * 1024 * 1024, 1_000_000, 3)


@pytest.mark.parametrize("base", BASES)
def test_the_statement_is_a_valid_resource(base: str) -> None:
    models: Any = import_module("fhir.resources.R4B.capabilitystatement")
    statement = capability_statement(base, PUBLIC, LIMITS)
    models.CapabilityStatement.model_validate(statement)
    assert statement["implementation"]["url"] == PUBLIC + base


def test_versions_and_operations() -> None:
    statement = capability_statement("/pas/2.2/fhir", PUBLIC, LIMITS)
    (rest,) = statement["rest"]
    claim = next(one for one in rest["resource"] if one["type"] == "Claim")
    assert [one["name"] for one in claim["operation"]] == ["submit", "inquire"]
    assert all(one["definition"].endswith("|2.2.1") for one in claim["operation"])
    assert "50 MiB per request, 1000000 bytes per attachment, 3 attachments" in rest["operation"][0]["documentation"]


def test_what_is_stated_has_a_route() -> None:
    paths = {route.path for route in FHIR_ROUTES}
    assert {f"{base}/metadata" for base in BASES} <= paths
    assert {f"{base}/$submit-attachment" for base in BASES} <= paths
