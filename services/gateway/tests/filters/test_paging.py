from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priorbus.gateway.filters.paging import MAX_PAGE, Page, links, parse_page
from priorbus.gateway.http.problem import Problem

ADDRESS = "https://api.example.test/v1/patient_attachments"


def test_defaults_and_bounds() -> None:
    assert parse_page([]) == Page(1, 50)
    assert parse_page([("page", "3"), ("per_page", "100")]) == Page(3, 100)
    assert parse_page([("page", str(MAX_PAGE)), ("per_page", "1")]).skipped == MAX_PAGE - 1


@pytest.mark.parametrize("text", ["0", "101", "x", "", "-1", "1.0", "+1", "٣", " 1", "9" * 30])
def test_bad_sizes(text: str) -> None:
    """PATT-45"""
    with pytest.raises(Problem) as caught:
        parse_page([("per_page", text)])
    assert caught.value.error.code == "invalid_paging"
    assert caught.value.details == {"parameter": "per_page", "minimum": 1, "maximum": 100}


@pytest.mark.parametrize("values", [["0"], [str(MAX_PAGE + 1)], ["1", "1"]])
def test_bad_pages(values: list[str]) -> None:
    with pytest.raises(Problem) as caught:
        parse_page([("page", value) for value in values])
    assert caught.value.details == {"parameter": "page", "minimum": 1, "maximum": MAX_PAGE}


def test_links_keep_all_other_parameters() -> None:
    query = [("q[]", "filename:~a b&c"), ("page", "2"), ("sort", "size:desc"), ("x", "é")]
    found = links(ADDRESS, query, Page(2, 50), 120)
    assert parse_qsl(urlsplit(found["self"]).query) == query
    others = [pair for pair in query if pair[0] != "page"]
    assert parse_qsl(urlsplit(found["next"]).query) == [*others, ("page", "3")]
    assert parse_qsl(urlsplit(found["previous"]).query) == [*others, ("page", "1")]


@given(st.integers(1, 30), st.integers(1, 100), st.integers(0, 1000))
def test_neighbours_are_named_where_they_exist(number: int, size: int, total: int) -> None:
    found = links(ADDRESS, [("page", str(number))], Page(number, size), total)
    pages = max(1, (total + size - 1) // size)
    assert ("next" in found) == (number + 1 <= pages)
    assert ("previous" in found) == (1 <= number - 1 <= pages)


def test_without_parameters_the_address_is_bare() -> None:
    assert links(ADDRESS, [], Page(1, 50), 0) == {"self": ADDRESS}
