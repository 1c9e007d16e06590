"""Filters as MongoDB understands them, against the same oracle as their pure meaning."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from services.gateway.tests.filters.rows import COLUMNS, expected, filter_texts, records

from priorbus.gateway.filters.grammar import parse_filter
from priorbus.gateway.filters.matching import fold, matches
from priorbus.gateway.queries.conditions import condition, field_of
from priorbus.gateway.read_models.listing import folded_field, stored
from priorbus.runtime.mongo import Store

STRANGE = ("name:~" + "a%" * 900, "name:~~" + "%a" * 900, "name:~\x00", "name:=\x00", "name:~|", "name:~~%", "name:~~", "name:~\n")


def generated(strategy: Any, examples: int) -> list[Any]:
    found: list[Any] = []

    @settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def take(example: Any) -> None:
        found.append(example)

    take()
    return found


def document(number: int, record: dict[str, Any]) -> dict[str, Any]:
    name = record["name"]
    folded = {folded_field("name"): stored(None if name is None else fold(name))}
    return {"_id": number, **{field: stored(value) for field, value in record.items()}, **folded}


async def hits(store: Store, text: str) -> set[int]:
    found = parse_filter(text, COLUMNS)
    wanted = {} if found.operator == "*" else {field_of(found): condition(found)}
    return {hit["_id"] for hit in await store.database["sampled"].find(wanted, {"_id": 1}).to_list(None)}


async def fill(store: Store, sampled: list[dict[str, Any]]) -> None:
    rows = store.database["sampled"]
    await rows.insert_many([document(number, record) for number, record in enumerate(sampled)])
    for column in (*COLUMNS, folded_field("name")):
        await rows.create_index(column)


async def test_mongodb_finds_what_the_oracle_says(store: Store) -> None:
    sampled = [record for some in generated(st.lists(records, min_size=10, max_size=10), 40) for record in some]
    await fill(store, sampled)
    for text in generated(filter_texts, 400):
        assert await hits(store, text) == {number for number, record in enumerate(sampled) if expected(text, record)}, text


async def test_patterns_that_are_hard_on_regular_expressions(store: Store) -> None:
    """Control characters, alternatives, and hundreds of wildcards on long values: the same answer, and no error."""
    names = ("\x00", "|", "\n", "", "a" * 899, "a" * 900, "xa\nb")
    await fill(store, [{"seen_at": None, "name": name, "owner": None, "size": None} for name in names])
    for text in STRANGE:
        found = parse_filter(text, COLUMNS)
        assert await hits(store, text) == {number for number, name in enumerate(names) if matches(found, name)}, text
