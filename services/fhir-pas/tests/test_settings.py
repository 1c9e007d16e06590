import pytest

from priorbus.fhir_pas.settings import Settings
from priorbus.runtime.settings import InvalidSettings, load_settings

GIVEN = {
    "AMQP_URL": "amqp://localhost",
    "MONGO_URL": "mongodb://localhost",
    "S3_ENDPOINT": "http://localhost",
    "S3_ACCESS_KEY": "a",
    "S3_SECRET_KEY": "b",
    "PUBLIC_BASE_URL": "https://pas.example.test/",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"PRIORBUS_{name}", value)


def test_the_sandbox_is_a_payer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIORBUS_SANDBOX_PAYER", "true")
    assert load_settings(Settings).terms().public_base == "https://pas.example.test"


def test_without_a_payer_the_service_does_not_start() -> None:
    with pytest.raises(InvalidSettings, match="no payer connector"):
        load_settings(Settings)


def test_the_sandbox_never_runs_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIORBUS_SANDBOX_PAYER", "true")
    monkeypatch.setenv("PRIORBUS_ENVIRONMENT", "live")
    with pytest.raises(InvalidSettings, match="refused in the live environment"):
        load_settings(Settings)
