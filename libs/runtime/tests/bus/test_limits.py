from datetime import UTC, datetime

import orjson
import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.runtime.bus.limits import given_up, limited
from priorbus.runtime.settlement import Settlement
from priorbus.runtime.testing.ledger import AccountChanged, Break, ReadAccount

RETRY = Settlement("retry", error="RuntimeError", category="fault")
COMMANDS = pytest.mark.parametrize("wire_type", [Break.wire_type, ReadAccount.wire_type])


def envelope(wire_type: str, attempt: int = 1) -> Envelope:
    return Envelope(id="cmd_1", type=wire_type, time=datetime.now(UTC), tenant="t_a", data={}, attempt=attempt)


@COMMANDS
def test_the_last_delivery_is_parked_and_whoever_waits_hears_it(wire_type: str) -> None:
    assert limited(envelope(wire_type, 2), RETRY, deliveries=3) is RETRY
    parked = limited(envelope(wire_type, 3), RETRY, deliveries=3)
    assert (parked.kind, parked.error, parked.category) == ("park", "RuntimeError", "fault")
    assert parked.reply is not None
    reply = orjson.loads(parked.reply)
    assert (reply["command_id"], reply["refusal"]["code"], reply["result"]) == ("cmd_1", "internal_error", None)


def test_what_is_done_stays_done_however_often_it_came() -> None:
    done = Settlement("done", b"{}")
    assert limited(envelope(Break.wire_type, 99), done, deliveries=3) is done


@pytest.mark.parametrize("wire_type", [AccountChanged.wire_type, "ledger.unheard_of"])
def test_nobody_waits_for_facts_and_for_what_nobody_knows(wire_type: str) -> None:
    assert given_up(envelope(wire_type)) is None
