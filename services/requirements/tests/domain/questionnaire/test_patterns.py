import pytest

from priorbus.requirements.domain.questionnaire.patterns import whole_match
from priorbus.requirements.domain.questionnaire.predicates import InvalidExpression


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a|ab", "ab", True),
        ("a|ab", "abc", False),
        ("a|ab", "cab", False),
        ("^a$", "a", True),
        ("", "", True),
        ("", "a", False),
        (r"\+?[0-9 ()-]{7,20}", "+1 (555) 010-9999", True),
        (r"[^@\s]+@[^@\s]+", "ada@probe.example", True),
        (r"[^@\s]+@[^@\s]+", "ada probe", False),
        (r"(é|ü){2}", "éü", True),
        (".{3}", "🙂🙂🙂", True),
        (".", "\n", False),
        ("(?i)abc", "ABC", True),
        (r"\p{L}+", "Łódź", True),
    ],
)
def test_whole_values(pattern: str, text: str, expected: bool) -> None:
    assert whole_match(pattern)(text) is expected


@pytest.mark.parametrize("pattern", ["(", "[", "*", "(?=a)a", r"(a)\1", "a{1001}"])
def test_what_is_no_re2_expression(pattern: str) -> None:
    with pytest.raises(InvalidExpression):
        whole_match(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"), [("(a*)*b", "a" * 10_000), ("(a|aa)+$", "a" * 9_999 + "b"), ("(.*)(.*)(.*)(.*)x", "y" * 10_000)]
)
def test_expressions_that_explode_elsewhere(pattern: str, text: str) -> None:
    assert not whole_match(pattern)(text)


def test_an_expression_with_many_states_still_answers() -> None:
    matches = whole_match("(.{0,9}[0-9]){1,90}x?[a-f]{1,300}")
    assert matches("ab1" * 80 + "abcdef" * 40)
    assert not matches("ab1" * 80 + "abcdeg" * 40)
