"""Ids are ULIDs, or numbers for patients."""

import time

from ulid import ULID

from priorbus.runtime.ids import Numbers, deterministic_id, new_id


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


def test_numbers_are_positive_int64_above_2_53_and_rise_with_time() -> None:
    now = 1_790_000_000_000
    numbers = Numbers(lambda: now)
    first = [numbers() for _ in range(10_000)]
    assert first == sorted(set(first))
    assert 2**53 < first[0] < first[-1] < 2**63
    now += 10
    assert Numbers(lambda: now)() > first[-1]


def test_numbers_rise_also_when_the_clock_is_set_back() -> None:
    times = iter([1_790_000_000_000, 1_789_000_000_000, 1_790_000_000_001])
    numbers = Numbers(lambda: next(times))
    made = [numbers() for _ in range(3)]
    assert made == sorted(set(made))


def test_numbers_fit_into_int64_for_a_hundred_years() -> None:
    assert Numbers(lambda: 1_790_000_000_000 + 100 * 365 * 86_400_000)() < 2**63
