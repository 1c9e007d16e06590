from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from priorbus.contracts.authorizations import Authorization
from priorbus.fhir_pas.domain import exchange as exchanges
from priorbus.fhir_pas.domain.exchange import Exchange

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
OPEN = Exchange(
    id="auth_1", work_item_id="work_1", status="awaiting_permit", service_code="70553", first_attempt=1, attempt=1, updated_at=NOW
)


def test_a_package_leaves_a_running_exchange_alone(case: Authorization) -> None:
    running = OPEN.model_copy(update={"status": "received", "timer": 3})
    packed = exchanges.prepared(running, case, "work_2", b"{}", NOW, of_use_until=NOW)
    assert (packed.status, packed.work_item_id, packed.timer, packed.package) == ("received", "work_1", 3, b"{}")


def test_a_new_work_item_counts_its_attempts_from_the_cases(case: Authorization) -> None:
    later = exchanges.awaiting_permit(OPEN, case.model_copy(update={"attempts": 5}), "work_2", NOW)
    assert (later.attempt, later.first_attempt, later.work_item_id) == (6, 6, "work_2")


def test_what_the_payer_has_goes_with_its_claim() -> None:
    """Retention need not look at it as at a package that was never sent."""
    sent = exchanges.received(OPEN.model_copy(update={"of_use_until": NOW}), "sandbox", (), NOW)
    assert (sent.package, sent.of_use_until) == (None, None)


@given(st.lists(st.sampled_from(["fail", "answer", "poll", "stall"]), max_size=30))
def test_timers_grow(moves: list[str]) -> None:
    exchange, timers = OPEN, [OPEN.timer]
    for move in moves:
        if move == "fail":
            exchange, delay = exchanges.failed(exchange, "sandbox", 8, NOW)
            assert timedelta(0) < delay <= timedelta(seconds=60)
            exchange = exchanges.next_permit(exchange, NOW)
        elif move == "answer":
            exchange = exchanges.next_permit(exchanges.received(exchange, "sandbox", ("urn:uuid:1",), NOW), NOW)
        else:
            exchange = exchanges.waiting(exchange, NOW, polled=move == "poll")
        timers.append(exchange.timer)
    assert timers == sorted(timers)
