from typing import Any

import pytest

from priorbus.gateway.filters.columns import Columns
from priorbus.gateway.filters.sorting import SortKey, parse_sort
from priorbus.gateway.http.problem import Problem

LAST = SortKey("id")
SIZE_DOWN, NEWEST = SortKey("size", descending=True), SortKey("created_at", descending=True)
NAMES = ["archived_at", "created_at", "filename", "id", "size"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ([], (SortKey("created_at"), LAST)),
        ([("order", "desc")], (SortKey("created_at", descending=True), LAST)),
        ([("sort", "created_at:desc")], (SortKey("created_at", descending=True), LAST)),
        (
            [("sort", "size,created_at:desc"), ("order", "desc")],
            (SIZE_DOWN, NEWEST, LAST),
        ),
        ([("sort", "size:asc"), ("order", "desc")], (SortKey("size"), LAST)),
        ([("sort[]", "size"), ("sort[]", "filename:desc")], (SortKey("size"), SortKey("filename", descending=True), LAST)),
        ([("sort", "size,id:desc,filename")], (SortKey("size"), SortKey("id", descending=True))),
    ],
)
def test_orders_are_total(query: list[tuple[str, str]], keys: tuple[SortKey, ...], columns: Columns) -> None:
    assert parse_sort(query, columns) == keys


@pytest.mark.parametrize(
    ("query", "code", "details"),
    [
        (
            [("sort", "nope")],
            "column_not_sortable",
            {"column": "nope", "sortable": NAMES},
        ),
        ([("sort", "")], "column_not_sortable", None),
        ([("sort", "size,")], "column_not_sortable", None),
        ([("sort", "size:up")], "invalid_paging", {"parameter": "sort", "allowed": ["asc", "desc"]}),
        ([("sort", "size:")], "invalid_paging", None),
        ([("sort", "size,size:desc")], "invalid_paging", {"parameter": "sort", "repeated": "size"}),
        ([("sort", "id,size,filename,created_at,archived_at,id")], "invalid_paging", {"parameter": "sort", "minimum": 1, "maximum": 5}),
        ([("order", "up")], "invalid_paging", {"parameter": "order", "allowed": ["asc", "desc"]}),
        ([("order", "asc"), ("order", "desc")], "invalid_paging", None),
    ],
)
def test_bad_orders(query: list[tuple[str, str]], code: str, details: Any, columns: Columns) -> None:
    with pytest.raises(Problem) as caught:
        parse_sort(query, columns)
    assert caught.value.error.code == code
    assert details is None or caught.value.details == details
