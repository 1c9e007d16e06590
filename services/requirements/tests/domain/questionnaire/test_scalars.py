import pytest

from priorbus.contracts.commands.requirements import AnswerValue
from priorbus.requirements.domain.questionnaire.scalars import read_answers, read_date, read_decimal


@pytest.mark.parametrize("text", ["2024-02-29", "0001-01-01", "9999-12-31"])
def test_existing_days(text: str) -> None:
    assert read_date(text) == text


@pytest.mark.parametrize(
    "text",
    ["2023-02-29", "2024-2-9", "2024-02-29T00:00:00Z", "20240229", "2024-W09-4", "0000-01-01", "2024-13-01", "٢٠٢٤-٠٢-٢٩", "", None, True],
)
def test_no_days(text: object) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("8", "8"),
        ("8.0", "8"),
        ("8.50", "8.5"),
        ("-0.0", "0"),
        ("-12.5", "-12.5"),
        ("1e3", "1000"),
        ("1.5E-2", "0.015"),
        ("100", "100"),
        ("0.10000000000000000000000000000000001", None),
        ("0.1234567890123456789012345678901234", "0.1234567890123456789012345678901234"),
        ("1234567890123456789012345678901234", "1234567890123456789012345678901234"),
        ("12345678901234567890123456789012345", None),
        ("1" + "0" * 34, None),
        ("1e-34", "0." + "0" * 33 + "1"),
        ("1e-35", None),
        ("1e999", None),
        ("1e-999", None),
        ("0e999", "0"),
        ("1e1000", None),
    ],
)
def test_exact_decimals(text: str, stored: str | None) -> None:
    assert read_decimal(text) == stored


@pytest.mark.parametrize("text", ["", " 8", "8 ", "+8", "08", ".5", "5.", "1_0", "NaN", "Infinity", "0x1", "٨", 8, True, None])
def test_no_json_numbers(text: object) -> None:
    assert read_decimal(text) is None


def test_text_has_ten_thousand_code_points_at_most() -> None:
    longest = "🙂" * 10_000
    assert read_answers("string", (AnswerValue(kind="string", value=longest),)) == (longest,)
    assert read_answers("string", (AnswerValue(kind="string", value=longest + "x"),)) is None


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u2003"])
def test_white_space_is_no_answer(blank: str) -> None:
    values = (AnswerValue(kind="string", value=blank), AnswerValue(kind="string", value=" x "))
    assert read_answers("string", values) == (" x ",)


def test_a_blank_text_is_no_date() -> None:
    assert read_answers("date", (AnswerValue(kind="string", value=""),)) is None


def test_an_empty_code_is_no_choice() -> None:
    assert read_answers("choice", (AnswerValue(kind="coding", value=""),)) is None


@pytest.mark.parametrize("kind", ["string", "date", "decimal", "coding", "invalid"])
def test_a_boolean_of_another_kind(kind: str) -> None:
    assert read_answers("boolean", (AnswerValue.model_validate({"kind": kind, "value": True}),)) is None
