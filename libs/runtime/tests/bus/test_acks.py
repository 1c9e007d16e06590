"""Which acks are sent."""

from hypothesis import given
from hypothesis import strategies as st

from priorbus.runtime.bus.acks import AckTracker


def test_contiguous_deliveries_need_one_ack() -> None:
    acks = AckTracker()
    for tag in range(1, 6):
        acks.received(tag)
    for tag in (1, 2, 3):
        acks.settled(tag)
    assert acks.take() == [(3, True)]


def test_what_is_settled_beyond_an_open_delivery_is_acked_by_itself() -> None:
    acks = AckTracker()
    for tag in range(1, 6):
        acks.received(tag)
    for tag in (1, 3, 5):
        acks.settled(tag)
    assert acks.take() == [(1, False), (3, False), (5, False)]
    acks.settled(2)
    acks.settled(4)
    assert acks.take() == [(4, True)]


@given(st.permutations(range(1, 30)), st.lists(st.integers(1, 10), max_size=30))
def test_every_delivery_is_acked_exactly_once_and_none_before_it_is_settled(order: list[int], steps: list[int]) -> None:
    acks = AckTracker()
    broker = set(order)
    for tag in sorted(order):
        acks.received(tag)
    settled: set[int] = set()
    remaining = list(order)
    for step in [*steps, len(order)]:
        for tag in remaining[:step]:
            acks.settled(tag)
            settled.add(tag)
        del remaining[:step]
        for tag, multiple in acks.take():
            gone = {unacked for unacked in broker if unacked <= tag} if multiple else {tag}
            assert gone
            assert gone <= broker & settled
            broker -= gone
    assert broker == set()
    assert len(acks) == 0
