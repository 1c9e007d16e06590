import pytest
from services.requirements.tests.conftest import START

from priorbus.contracts.commands.requirements import RegisterProvider
from priorbus.contracts.templates import Provider
from priorbus.requirements.domain.providers import BAD_NPI, new_provider


@pytest.mark.parametrize(
    ("npi", "warnings"),
    [("1234567893", ()), ("1679576722", ()), ("1003000126", ()), ("1234567890", ("npi_check_digit",))],
)
def test_a_wrong_check_digit_is_a_warning(npi: str, warnings: tuple[str, ...]) -> None:
    """Vector A4"""
    provider = new_provider(RegisterProvider(npi=npi, display_name="Clinic", status="inactive"), "t_acme", START)
    assert isinstance(provider, Provider)
    assert (provider.warnings, provider.status, provider.created_at) == (warnings, "inactive", START)


@pytest.mark.parametrize("npi", ["12", "12345678901", "12345678a3", "١٢٣٤٥٦٧٨٩٣", ""])
def test_an_npi_has_ten_digits(npi: str) -> None:
    assert new_provider(RegisterProvider(npi=npi, display_name="Clinic"), "t_acme", START) == BAD_NPI
