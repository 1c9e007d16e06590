from typing import Any

import pytest
from hypothesis import given, settings
from services.gateway.tests.filters.rows import COLUMNS, expected, filter_texts, records

from priorbus.gateway.filters.grammar import parse_filter
from priorbus.gateway.filters.matching import is_like, matches


@settings(max_examples=2000)
@given(filter_texts, records)
def test_filters_mean_what_the_oracle_says(text: str, record: dict[str, Any]) -> None:
    found = parse_filter(text, COLUMNS)
    assert matches(found, record[found.column.name]) == expected(text, record)


@pytest.mark.parametrize(
    ("pattern", "text", "like"),
    [
        ("ja%on%", "Jackson.pdf", True),
        ("ja%on%", "jason.png", True),
        ("ja%on%", "xjason", False),
        ("50_%", "50_x.pdf", True),
        ("50_%", "50ax.pdf", False),
        ("%", "", True),
        ("a%a", "a", False),
        ("a%ba%", "aba", True),
        ("straße", "STRASSE", True),
    ],
)
def test_patterns(pattern: str, text: str, like: bool) -> None:
    """P5, P8"""
    assert is_like(text, pattern) is like
