import pytest

from priorbus.contracts.errors import ERRORS
from priorbus.gateway.presentation.style import Style
from priorbus.gateway.presentation.styles import STYLES


@pytest.mark.parametrize("style", STYLES.values(), ids=lambda style: style.name)
def test_every_code_of_a_style_is_registered(style: Style) -> None:
    for code, named in style.error_codes.items():
        assert style.code(code) == named
        assert ERRORS[named].status("E1") == ERRORS[code].status("E1")
    assert style.code("version_conflict") == "version_conflict"
