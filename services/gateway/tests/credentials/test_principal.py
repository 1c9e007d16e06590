import pytest

from priorbus.gateway.credentials.principal import Principal


@pytest.mark.parametrize(
    ("granted", "asked", "may"),
    [
        ("files:read", "files:read", True),
        ("files:read", "files:write", False),
        ("*", "files:write", True),
        ("*", "ops/pas.finalise", False),
        ("ops/pas.finalise", "ops/pas.finalise", True),
    ],
)
def test_scopes(granted: str, asked: str, may: bool) -> None:
    assert Principal("t_one", "c", 1, frozenset({granted})).may(asked) is may
