"""The example catalogue, and variants of its templates."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest

from priorbus.contracts.templates import Payer, Provider, Template
from priorbus.requirements.domain.catalog import Catalogue

DATA = files("priorbus.requirements") / "catalog_data"
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def template(template_id: str = "t", version: int = 1, code: str = "1", **match: Any) -> Template:
    """A template of one item that serves one cpt code of every payer and state, unless told otherwise."""
    whole = {"payerIds": ["*"], "states": ["*"], "serviceType": "outpatient", "serviceCodes": [{"system": "cpt", "code": code}]}
    group = {"id": "g", "title": "G", "items": [{"linkId": "q.x", "text": "X", "answerType": "string"}]}
    return Template.model_validate({"templateId": template_id, "version": version, "title": "T", "match": whole | match, "groups": [group]})


def example_templates() -> list[Template]:
    return [Template.model_validate_json(path.read_text()) for path in (DATA / "templates").iterdir()]


def example_payers() -> list[Payer]:
    return [Payer.model_validate(payer) for payer in json.loads((DATA / "payers.json").read_text())]


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(example_templates(), example_payers())


@pytest.fixture
def provider() -> Provider:
    return Provider(tenant="t_acme", npi="1234567893", display_name="Clinic", status="active", created_at=NOW, updated_at=NOW)
