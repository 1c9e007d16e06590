from decimal import Decimal

import pytest

from priorbus.gateway.http.json_body import parse, plain
from priorbus.gateway.http.problem import SyntaxProblem


def test_numbers_with_a_fraction_stay_exact() -> None:
    assert parse(b'{"a": [0.1, -1.50, 2E3], "b": 12}') == {"a": [Decimal("0.1"), Decimal("-1.50"), Decimal("2E3")], "b": 12}


def test_integers_beyond_64_bits_stay_exact() -> None:
    assert parse(b"[123456789012345678901234567890]") == [123456789012345678901234567890]


def test_text_that_looks_like_a_number_stays_text() -> None:
    assert parse(b'{"a": "x: 1.5", "q.1.5": ", 2.5"}') == {"a": "x: 1.5", "q.1.5": ", 2.5"}


@pytest.mark.parametrize(
    "raw",
    [
        b"", b'{"x":', b"{'x':1}", b"[1,]", b"[01.5]", b"NaN", b"[Infinity, 1.5]", b'"\xff"', b'["\\ud800", 1.5]', b"[" * 100_000,
        b"[" * 101 + b"]" * 101, b'{"a":' * 101 + b"1.5" + b"}" * 101, b'{"a":' + b"[" * 1000 + b"]" * 1000 + b',"a":1.5}',
        b"[1e99999999]", b"[1.5e-99999999]", b"[" + b"1" * 5000 + b"]",
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused(raw: bytes) -> None:
    with pytest.raises(SyntaxProblem) as refused:
        parse(raw)
    assert [issue.code for issue in refused.value.issues] == ["invalid_json"]


@pytest.mark.parametrize("raw", [b"[" * 100 + b"]" * 100, b"[" + b"[]," * 200 + b'"[[["]'])
def test_what_is_nested_to_the_limit_or_just_long_is_accepted(raw: bytes) -> None:
    parse(raw)


@pytest.mark.parametrize(("number", "text"), [("1e2", "100"), ("1.50", "1.5"), ("-0.0", "0"), ("1E-7", "0.0000001"), ("-12.0", "-12")])
def test_plain_notation(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text
