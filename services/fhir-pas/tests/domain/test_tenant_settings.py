from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from priorbus.fhir_pas.domain.bases import FHIR, PAS_2_2
from priorbus.fhir_pas.domain.limits import Limits
from priorbus.fhir_pas.domain.tenant_settings import changed, terms_of
from priorbus.fhir_pas.domain.terms import Terms

DEPLOYMENT = Terms("https://pas.example.test", rule_overrides={"C-4": "off"}, presets={"/fhir": "strict"})


def test_without_settings_of_its_own_a_tenant_has_those_of_the_deployment() -> None:
    assert terms_of(None, DEPLOYMENT) is DEPLOYMENT
    assert terms_of(changed(None, {}), DEPLOYMENT) == DEPLOYMENT


def test_what_a_tenant_sets_goes_before_the_deployment() -> None:
    known = changed(None, {"pas.preset./pas/2.2/fhir": "lenient", "pas.rule_overrides": {"C-12": "warning"}, "pas.replay_window_hours": 0})
    terms = terms_of(changed(known, {"pas.unknown_prior": "error", "pas.emit_task": False}), DEPLOYMENT)
    pas, fhir = terms.base("/pas/2.2/fhir"), terms.base("/fhir")
    assert pas is not None
    assert fhir is not None
    assert (pas.preset, pas.release, fhir.preset) == ("lenient", PAS_2_2.release, "strict")
    assert terms.strictness(pas).overrides == {"C-4": "off", "C-12": "warning"}
    assert (terms.replay_window, terms.adopts_unknown_prior, terms.emits_tasks) == (timedelta(0), False, False)
    assert terms.base("/elsewhere") is None


def test_a_tenant_lowers_single_limits() -> None:
    deployment = Terms("https://pas.example.test", limits=Limits(entries=100))
    terms = terms_of(changed(None, {"fhir.items_max": 5, "fhir.attachments_max": 2, "fhir.attachment_max_bytes": 2048}), deployment)
    assert terms.limits == Limits(entries=100, items=5, attachments=2, attachment_bytes=2048)


def test_a_tenant_has_its_own_retention_budget_and_extension() -> None:
    values = {"fhir.retention_months": 12, "fhir.created_at_extension_url": "urn:example:created", "pas.decision_budget_ms": 2000}
    terms = terms_of(changed(None, {**values, "fhir.body_max_bytes": 4096}), DEPLOYMENT)
    assert (terms.retention_months, terms.created_url, terms.decision_budget) == (12, "urn:example:created", timedelta(seconds=2))
    assert terms.limits.body_bytes == 4096


def test_internal_receivers_of_a_tenant_are_for_test_deployments() -> None:
    known = changed(None, {"subscriptions.endpoint_allow": ["receiver.test", "10.0.0.7"]})
    assert terms_of(known, replace(DEPLOYMENT, may_exempt=True)).exempt_hosts == {"receiver.test", "10.0.0.7"}
    assert terms_of(known, DEPLOYMENT).exempt_hosts == frozenset()
    none = changed(known, {"subscriptions.endpoint_allow": []})
    assert terms_of(none, replace(DEPLOYMENT, may_exempt=True, exempt_hosts=frozenset({"127.0.0.1"}))).exempt_hosts == frozenset()


def test_null_removes_a_key() -> None:
    known = changed(None, {"pas.preset./fhir": "lenient", "attachments.signatures": "required"})
    terms = terms_of(changed(known, {"pas.preset./fhir": None, "attachments.signatures": None}), DEPLOYMENT)
    assert terms == DEPLOYMENT
    assert terms.base("/fhir") != FHIR


@pytest.mark.parametrize(
    "values",
    [
        {"pas.colour": 1},
        {"pas.preset./fhir": "soft"},
        {"pas.preset./x": "strict"},
        {"pas.rule_overrides": {"C-12": "fatal"}},
        {"pas.rule_overrides": {"B-6": "off"}},
        {"fhir.entries_max": 1001},
        {"pas.default_insurer": "urn:example:plans|"},
        {"pas.default_insurer": "two words"},
        {"fhir.attachment_max_bytes": 0},
        {"fhir.retention_months": 5},
        {"fhir.created_at_extension_url": "no uri"},
        {"pas.connector": "carrier pigeon"},
        {"pas.reply_deadline_ms": 15_000},
        {"subscriptions.endpoint_allow": ["https://receiver.test/"]},
    ],
)
def test_what_is_no_setting_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        changed(None, values)
