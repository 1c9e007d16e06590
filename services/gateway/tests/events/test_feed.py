import asyncio
from typing import Any

from priorbus.gateway.events.feed import Feed


def row(first: int, last: int) -> dict[str, Any]:
    return {"first": first, "last": last, "events": [b"{}"] * (last - first + 1)}


def spans(rows: list[dict[str, Any]] | None) -> list[tuple[int, int]] | None:
    return None if rows is None else [(each["first"], each["last"]) for each in rows]


def begun(head: int, room: int = 1000) -> Feed:
    feed = Feed(room)
    feed.begin_at(head)
    return feed


def test_what_was_there_before_is_not_in_the_feed() -> None:
    feed = begun(5)
    assert spans(feed.after(4)) is None
    assert spans(feed.after(5)) == []


def test_rows_follow_each_other() -> None:
    feed = begun(5)
    for each in (row(4, 5), row(6, 7), row(6, 7), row(8, 8)):
        feed.add(each)
    assert spans(feed.after(5)) == [(6, 7), (8, 8)]
    assert spans(feed.after(6)) == [(6, 7), (8, 8)]
    assert spans(feed.after(8)) == []


def test_rows_that_came_before_the_beginning_was_known_count() -> None:
    feed = Feed()
    feed.add(row(6, 6))
    feed.begin_at(6)
    assert spans(feed.after(5)) == [(6, 6)]


def test_only_so_many_events_are_kept() -> None:
    feed = begun(0, room=3)
    for first in (1, 3, 5):
        feed.add(row(first, first + 1))
    assert spans(feed.after(3)) is None
    assert spans(feed.after(4)) == [(5, 6)]


def test_after_a_gap_readers_have_to_look_into_the_log() -> None:
    feed = begun(5)
    feed.add(row(6, 6))
    feed.add(row(9, 9))
    assert spans(feed.after(6)) is None
    assert spans(feed.after(8)) == [(9, 9)]


async def test_waiting_ends_with_the_next_row_or_the_end_of_the_feed() -> None:
    feed = begun(0)
    waiting = [asyncio.create_task(feed.grown(0, 60)) for _ in range(3)]
    await asyncio.sleep(0)
    feed.add(row(1, 1))
    await asyncio.gather(*waiting)
    over = asyncio.create_task(feed.grown(1, 60))
    await asyncio.sleep(0)
    feed.end()
    await over
    assert feed.over
