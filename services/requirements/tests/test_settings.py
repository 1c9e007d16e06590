from datetime import timedelta

import pytest

from priorbus.requirements.domain.lifecycle.terms import Terms
from priorbus.requirements.settings import Settings
from priorbus.runtime.settings import load_settings


def test_settings_become_the_terms_of_decisions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIORBUS_AMQP_URL", "amqp://x")
    monkeypatch.setenv("PRIORBUS_MONGO_URL", "mongodb://x")
    assert load_settings(Settings).terms() == Terms()
    monkeypatch.setenv("PRIORBUS_REVIEW_TTL_SECONDS", "2")
    monkeypatch.setenv("PRIORBUS_SAFETY_GATE", "true")
    assert load_settings(Settings).terms() == Terms(review_ttl=timedelta(seconds=2), safety_gate=True)
