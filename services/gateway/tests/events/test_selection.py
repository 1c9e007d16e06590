import pytest

from priorbus.gateway.events.selection import PATTERN, Selection, matches


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [("*", True), ("authorization.*", True), ("authorization.created", True), ("authorization.canceled", False), ("file.*", False)],
)
def test_patterns(pattern: str, wanted: bool) -> None:
    assert matches((pattern,), "authorization.created") == wanted


def test_a_prefix_is_a_whole_word() -> None:
    assert not matches(("claim.*",), "claim_response.updated")


@pytest.mark.parametrize(
    "text", ["*.created", "authorization", "authorization.", ".*", "Authorization.*", "a.b.c", "authorization.created*", ""]
)
def test_what_is_no_pattern(text: str) -> None:
    assert PATTERN.fullmatch(text) is None


def test_types_and_subject_must_both_fit() -> None:
    selection = Selection(("file.*", "authorization.created"), "file/f1")
    assert selection.admits("file.ready", "file/f1")
    assert not selection.admits("file.ready", "file/f2")
    assert not selection.admits("authorization.canceled", "file/f1")
    assert Selection().everything
    assert Selection().query() == {}
