import pytest
from hypothesis import given
from hypothesis import strategies as st

from priorbus.runtime.objects.disposition import attachment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a.pdf", 'attachment; filename="a.pdf"'),
        ("ä.pdf", "attachment; filename=\"_.pdf\"; filename*=UTF-8''%C3%A4.pdf"),
        ('a"b.pdf', "attachment; filename=\"a_b.pdf\"; filename*=UTF-8''a%22b.pdf"),
        ("a\r\nX-Evil: 1", "attachment; filename=\"a__X-Evil: 1\"; filename*=UTF-8''a%0D%0AX-Evil%3A%201"),
    ],
)
def test_values(name: str, value: str) -> None:
    assert attachment(name) == value


@given(st.text(max_size=50))
def test_the_value_is_one_header_line_with_one_quoted_name(name: str) -> None:
    value = attachment(name)
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2
