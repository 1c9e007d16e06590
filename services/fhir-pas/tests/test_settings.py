import pytest

from priorbus.fhir_pas.domain.limits import Limits
from priorbus.fhir_pas.settings import Settings
from priorbus.runtime.settings import InvalidSettings, load_settings

GIVEN = {
    "AMQP_URL": "amqp://localhost",
    "MONGO_URL": "mongodb://localhost",
    "S3_ENDPOINT": "http://localhost",
    "S3_PUBLIC_ENDPOINT": "http://localhost",
    "S3_BUCKET": "priorbus",
    "S3_ACCESS_KEY": "a",
    "S3_SECRET_KEY": "b",
    "PUBLIC_BASE_URL": "https://pas.example.test/",
    "SEALING_KEYS": '["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]',
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"PRIORBUS_{name}", value)


def test_the_sandbox_is_a_payer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIORBUS_SANDBOX_PAYER", "true")
    assert load_settings(Settings).terms().public_base == "https://pas.example.test"


def test_exempt_payers_are_refused_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIORBUS_PAS_ENDPOINT_ALLOW", '["127.0.0.1"]')
    assert load_settings(Settings).pas_endpoint_allow == ["127.0.0.1"]
    monkeypatch.setenv("PRIORBUS_ENVIRONMENT", "live")
    with pytest.raises(InvalidSettings, match="refused in the live environment"):
        load_settings(Settings)


def test_limits_may_be_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ENTRIES_MAX": 100, "ITEMS_MAX": 50, "ATTACHMENTS_MAX": 3, "ATTACHMENT_MAX_BYTES": 4096}.items():
        monkeypatch.setenv(f"PRIORBUS_FHIR_{name}", str(value))
    assert load_settings(Settings).terms().limits == Limits(entries=100, items=50, attachments=3, attachment_bytes=4096)
    monkeypatch.setenv("PRIORBUS_FHIR_ITEMS_MAX", "501")
    with pytest.raises(InvalidSettings, match="PRIORBUS_FHIR_ITEMS_MAX"):
        load_settings(Settings)


def test_the_sandbox_never_runs_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIORBUS_SANDBOX_PAYER", "true")
    monkeypatch.setenv("PRIORBUS_ENVIRONMENT", "live")
    with pytest.raises(InvalidSettings, match="refused in the live environment"):
        load_settings(Settings)


def test_exempt_receivers_are_refused_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIORBUS_SANDBOX_PAYER", "true")
    monkeypatch.setenv("PRIORBUS_SUBSCRIPTIONS_ENDPOINT_ALLOW", '["127.0.0.1"]')
    assert load_settings(Settings).subscriptions_endpoint_allow == ["127.0.0.1"]
    monkeypatch.setenv("PRIORBUS_ENVIRONMENT", "live")
    with pytest.raises(InvalidSettings, match="refused in the live environment"):
        load_settings(Settings)


def test_a_malformed_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIORBUS_SANDBOX_PAYER", "true")
    monkeypatch.setenv("PRIORBUS_SEALING_KEYS", '["mistyped"]')
    with pytest.raises(InvalidSettings, match="PRIORBUS_SEALING_KEYS") as raised:
        load_settings(Settings)
    assert "mistyped" not in str(raised.value)
