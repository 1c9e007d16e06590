from datetime import UTC, datetime, timedelta

import pytest

from priorbus.fhir_pas.domain.request_objects import (
    RequestObject,
    going,
    gone,
    is_lost,
    kept_until,
    may_go,
    owner_of,
    released,
    used,
)

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
KEY = "raw/t_a/ab"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_an_object_stays_while_a_request_uses_it() -> None:
    known = used(used(None, KEY, "one"), KEY, "two")
    assert not may_go(released(known, "one"), NOW)
    assert may_go(released(released(known, "one"), "two"), NOW)


def test_the_last_rejected_request_counts() -> None:
    known = kept_until(kept_until(None, KEY, NOW + DAY), KEY, NOW + MINUTE)
    assert (may_go(known, NOW + MINUTE), may_go(known, NOW + DAY)) == (False, True)
    assert not may_go(used(known, KEY, "one"), NOW + DAY)


def test_what_nobody_knows_may_go() -> None:
    assert may_go(None, NOW)


def test_a_request_whose_bytes_may_be_removed_is_not_kept_with_them() -> None:
    removing = going(None, KEY)
    removed = gone(removing, NOW)
    assert is_lost(removing, NOW + DAY)
    assert (is_lost(removed, NOW - MINUTE), is_lost(removed, NOW + 2 * MINUTE)) == (True, False)
    assert not is_lost(used(removed, KEY, "one"), NOW)
    assert not is_lost(None, NOW)


@pytest.mark.parametrize(("key", "tenant"), [(KEY, "t_a"), ("raw/t_a", None), ("raw/t_a/ab/c", None), ("files/t_a/ab", None)])
def test_owner(key: str, tenant: str | None) -> None:
    assert owner_of(key) == tenant
    assert RequestObject(key=key).users == ()
