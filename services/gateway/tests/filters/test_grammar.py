from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priorbus.gateway.filters.columns import OPERATORS, Column, Columns
from priorbus.gateway.filters.grammar import MAX_BYTES, Filter, parse_filter, parse_filters
from priorbus.gateway.filters.values import Moment
from priorbus.gateway.http.problem import Problem

ANY = {kind: Column(f"c_{kind.replace('-', '')}", kind) for kind in OPERATORS}
BY_NAME = {column.name: column for column in ANY.values()}
GOOD = {"date-time": "2014-08-30T18:00:00Z", "int64": "7", "integer": "-7", "string": "x:y,z"}
MOMENT = datetime(2014, 8, 30, 18, tzinfo=UTC)


def refused(text: str, columns: Columns) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Problem) as caught:
        parse_filter(text, columns)
    return caught.value.error.code, caught.value.details


@pytest.mark.parametrize("kind", OPERATORS)
@pytest.mark.parametrize("operator", sorted({operator for row in OPERATORS.values() for operator in row}))
def test_the_matrix(kind: Any, operator: Any) -> None:
    """patient-attachments.md 8.2, every cell."""
    column = ANY[kind]
    text = f"{column.name}:{operator}" + ("" if operator in ("?", "!?", "*") else GOOD[kind])
    if operator in OPERATORS[kind]:
        assert parse_filter(text, BY_NAME).column == column
        return
    details = {"column": column.name, "operator": operator, "allowed": list(OPERATORS[kind])}
    assert refused(text, BY_NAME) == ("operator_not_allowed", details)


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("created_at:>=2014-08-30T18:00:00Z", ">=", Moment(MOMENT, inside=False)),
        ("created_at:<2014-08-30T18:00:00.0004Z", "<", Moment(MOMENT, inside=True)),
        ("created_at:>2014-08-30T18:00:00.500000000Z", ">", Moment(MOMENT.replace(microsecond=500_000), inside=False)),
        ("id:=1,2,3", "=", (1, 2, 3)),
        ("id:=9223372036854775807", "=", (9223372036854775807,)),
        ("id:=007", "=", (7,)),
        ("size:=-9223372036854775808", "=", (-9223372036854775808,)),
        ("size:!=0", "!=", 0),
        ("filename:=a:b,c", "=", "a:b,c"),
        ("filename:=", "=", ""),
        ("filename:=>x", "=", ">x"),
        ("filename:~~ja%on%", "~~", "ja%on%"),
        ("filename:~ja", "~~", "%ja%"),
        ("filename:!=~x", "!=", "~x"),
        ("archived_at:*", "*", None),
        ("archived_at:?", "?", None),
        ("archived_at:!?", "!?", None),
    ],
)
def test_what_filters_say(text: str, operator: Any, value: Any, columns: Columns) -> None:
    """P3 to P6"""
    assert parse_filter(text, columns) == Filter(columns[text.partition(":")[0]], operator, value)


@pytest.mark.parametrize(
    "text",
    [
        "size",
        "size:",
        "size:x",
        "size:!",
        "size:1",
        "size:=",
        "size:=x",
        "size:=1.0",
        "size:=+1",
        "size:=1e3",
        "size:=1,",
        "size:=,1",
        "size:!=1,2",
        "size:=9223372036854775808",
        "size:=-9223372036854775809",
        "size:=٣",
        "id:=-1",
        "id:>",
        "created_at:>=2014-08-30",
        "created_at:>=2014-08-30T18:00:00",
        "created_at:>=2014-08-30T18:00:00+00:00",
        "created_at:>=2014-08-30t18:00:00z",
        "created_at:>=2014-08-30T18:00:00.Z",
        "created_at:>=2014-02-30T18:00:00Z",
        "created_at:>=0000-01-01T00:00:00Z",
        "created_at:?x",
        "created_at:!?x",
        "archived_at:*x",
        "filename:*x",
        ":=x",
        "Size:=1",
        "_size:=1",
        " size:=1",
        "filename:=" + "x" * (MAX_BYTES - len("filename:=") + 1),
        "filename:=" + "é" * (MAX_BYTES // 2),
        "id:=" + ",".join(["1"] * 101),
    ],
)
def test_every_other_defect_is_an_invalid_filter(text: str, columns: Columns) -> None:
    """P7, PATT-40"""
    assert refused(text, columns) == ("invalid_filter", {"filter": text[:200]})


def test_bounds_that_just_hold(columns: Columns) -> None:
    assert parse_filter("filename:=" + "x" * (MAX_BYTES - len("filename:=")), columns).operator == "="
    assert len(parse_filter("id:=" + ",".join(["1"] * 100), columns).value) == 100  # type: ignore[arg-type]
    assert len(parse_filters(["size:?"] * 20, columns)) == 20


def test_too_many_filters(columns: Columns) -> None:
    """PATT-41"""
    with pytest.raises(Problem) as caught:
        parse_filters(["size:?"] * 21, columns)
    assert caught.value.error.code == "invalid_filter"


def test_unknown_columns_name_the_known_ones(columns: Columns) -> None:
    """P7, PATT-35"""
    assert refused("pinned_at:?", columns) == ("column_not_searchable", {"column": "pinned_at", "searchable": list(columns)})
    assert refused("nope:garbage", columns)[0] == "column_not_searchable"
    assert refused("size:~1", columns)[0] == "operator_not_allowed"
    assert refused("created_at:=2014-08-30T18:00:00Z", columns)[0] == "operator_not_allowed"


@given(st.sampled_from(("", "size:", "filename:", "created_at:")), st.text(max_size=40))
def test_any_text_is_a_filter_or_a_400(head: str, text: str) -> None:
    columns = {
        "size": Column("size", "integer"),
        "filename": Column("filename", "string"),
        "created_at": Column("created_at", "date-time"),
    }
    try:
        parse_filter(head + text, columns)
    except Problem as problem:
        status = problem.error.http
    else:
        status = 400
    assert status == 400
