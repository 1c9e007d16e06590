import pytest
from pydantic import ValidationError
from services.gateway.tests.conftest import settings


def test_the_sandbox_is_refused_in_the_live_environment() -> None:
    assert settings(sandbox_payer=True).sandbox_payer
    with pytest.raises(ValidationError, match="PRIORBUS_SANDBOX_PAYER"):
        settings(sandbox_payer=True, environment="live")


def test_the_sandbox_is_off_unless_it_is_switched_on() -> None:
    assert not settings().sandbox_payer
