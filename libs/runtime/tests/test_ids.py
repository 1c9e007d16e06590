"""Ids are ULIDs."""

import time

from ulid import ULID

from priorbus.runtime.ids import deterministic_id, new_id


def test_a_new_id_is_a_ulid_of_now() -> None:
    before = time.time_ns() // 1_000_000
    prefix, _, text = new_id("auth").partition("_")
    assert prefix == "auth"
    assert str(ULID.from_str(text)) == text
    assert before <= ULID.from_str(text).milliseconds <= time.time_ns() // 1_000_000


def test_ids_are_unique() -> None:
    assert len({new_id("x") for _ in range(10_000)}) == 10_000


def test_a_deterministic_id_depends_on_every_part() -> None:
    assert deterministic_id("tmr", "a", "b") == deterministic_id("tmr", "a", "b")
    assert len({deterministic_id("tmr", *parts) for parts in (["a", "b"], ["ab"], ["a", "c"], ["b", "a"])}) == 4
    assert len(deterministic_id("tmr", "a")) == len(new_id("tmr"))
