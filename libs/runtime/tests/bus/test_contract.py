"""What services may rely on, with the real bus and with the double."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import orjson
import pytest

from priorbus.contracts.envelope import Envelope
from priorbus.runtime.bus import Bus, NoReply, NotAccepted, ReplyData, ServiceQueue, Topology
from priorbus.runtime.settlement import Settlement, StoreUnavailable
from priorbus.runtime.testing.bus import Parked
from priorbus.runtime.testing.sinks import RecordingSink, done

Make = Callable[..., Envelope]
Body = Callable[..., bytes]


class Case(Protocol):
    @property
    def bus(self) -> Bus: ...
    @property
    def parked(self) -> Callable[[str], Awaitable[Parked]]: ...


def commands(service: str) -> ServiceQueue:
    return ServiceQueue(service, "commands")


def data(envelope: Envelope) -> bytes:
    return orjson.dumps(envelope.data)


async def test_a_call_is_answered(case: Case, service: str, envelope: Make) -> None:
    sent = envelope(1)
    sink = RecordingSink()
    async with case.bus.requests() as requests, case.bus.consumer(commands(service), sink):
        reply = await requests.call(sent, data(sent), 10)
    assert reply == {"command_id": "cmd_1", "result": {}, "refusal": None, "replayed": False}
    assert sink.seen == [sent]


async def test_many_calls_get_their_own_replies(case: Case, service: str, envelope: Make) -> None:
    async with case.bus.requests() as requests, case.bus.consumer(commands(service), RecordingSink()):
        replies = await asyncio.gather(*(requests.call(envelope(n), b"{}", 10) for n in range(300)))
    assert [reply["command_id"] for reply in replies] == [f"cmd_{n}" for n in range(300)]


async def test_what_waits_is_run_as_one_group(case: Case, service: str, body: Body) -> None:
    for n in range(10):
        await case.bus.publisher.publish("commands", f"{service}.do_it", body(n))
    sink = RecordingSink()
    sink.gate.clear()
    async with case.bus.consumer(commands(service), sink, group_max=8):
        await sink.until_seen(1)
        for n in range(10, 30):
            await case.bus.publisher.publish("commands", f"{service}.do_it", body(n))
        sink.gate.set()
        await sink.until_seen(30)
    assert [envelope.data["n"] for envelope in sink.seen] == list(range(30))
    assert max(map(len, sink.groups)) == 8


async def test_a_call_without_an_owner_is_not_accepted(case: Case, envelope: Make) -> None:
    async with case.bus.requests() as requests:
        with pytest.raises(NotAccepted):
            await requests.call(envelope(1, type="nobody.do_it"), b"{}", 10)


async def test_a_call_nobody_answers_in_time_gets_no_reply_and_a_late_one_is_handed_over(case: Case, service: str, envelope: Make) -> None:
    late: asyncio.Queue[ReplyData] = asyncio.Queue()
    sink = RecordingSink()
    async with case.bus.requests(late.put_nowait) as requests:
        with pytest.raises(NoReply):
            await requests.call(envelope(1), b"{}", 0.5)
        async with case.bus.consumer(commands(service), sink):
            assert (await late.get())["command_id"] == "cmd_1"


async def test_a_command_encoded_before_is_answered_to_the_callback(case: Case, service: str, body: Body) -> None:
    late: asyncio.Queue[ReplyData] = asyncio.Queue()
    async with case.bus.requests(late.put_nowait) as requests, case.bus.consumer(commands(service), RecordingSink()):
        await requests.send(body(7), f"{service}.do_it")
        assert (await late.get())["command_id"] == "cmd_7"


async def test_a_callback_that_fails_spoils_no_other_reply(case: Case, service: str, envelope: Make, body: Body) -> None:
    late: asyncio.Queue[ReplyData] = asyncio.Queue()

    def callback(reply: ReplyData) -> None:
        if reply["command_id"] == "cmd_1":
            raise LookupError("a name")
        late.put_nowait(reply)

    async with case.bus.requests(callback) as requests, case.bus.consumer(commands(service), RecordingSink()):
        await asyncio.gather(*(requests.send(body(n), f"{service}.do_it") for n in (1, 2)))
        assert (await late.get())["command_id"] == "cmd_2"
        assert await requests.call(envelope(3), b"{}", 10)


async def test_a_sink_that_can_not_tell_whether_a_message_is_concurrent_gets_to_run_it(case: Case, service: str, envelope: Make) -> None:
    def confused(given: Envelope) -> bool:
        raise LookupError("a name")

    async with case.bus.requests() as requests, case.bus.consumer(commands(service), RecordingSink(concurrent=confused)):
        assert await requests.call(envelope(1), b"{}", 10)


async def test_publishing_where_nobody_listens_is_not_accepted(case: Case, body: Body) -> None:
    with pytest.raises(NotAccepted):
        await case.bus.publisher.publish("facts", "nothing.happened", body())
    confirmation = await case.bus.publisher.send("facts", "nothing.happened", [body()])
    with pytest.raises(NotAccepted):
        await confirmation


async def test_facts_reach_their_subscribers_in_the_order_sent(case: Case, service: str, body: Body) -> None:
    key = f"{service}_thing.changed"
    sink = RecordingSink()
    async with case.bus.consumer(ServiceQueue(service, "facts"), sink):
        confirmations = [await case.bus.publisher.send("facts", key, [body(n, type=key), body(n + 1, type=key)]) for n in range(0, 100, 2)]
        await asyncio.gather(*confirmations)
        seen = await sink.until_seen(100)
    assert [envelope.data["n"] for envelope in seen] == list(range(100))


async def test_declaring_again_is_harmless(case: Case, service: str, envelope: Make) -> None:
    await case.bus.declare(Topology(service, facts=[f"{service}_thing.changed"]))
    async with case.bus.requests() as requests, case.bus.consumer(commands(service), RecordingSink()):
        assert await requests.call(envelope(), b"{}", 10)


async def test_a_retried_message_comes_again_as_the_next_attempt_and_its_reply_still_arrives(
    case: Case, service: str, envelope: Make
) -> None:
    def fail_once(given: Envelope) -> Settlement:
        return Settlement("retry", error="TransientError") if given.attempt == 1 else done(given)

    sink = RecordingSink(fail_once)
    async with case.bus.requests() as requests, case.bus.consumer(commands(service), sink):
        reply = await requests.call(envelope(1), b'{"n":1}', 20)
    assert reply["command_id"] == "cmd_1"
    assert [(given.attempt, given.data) for given in sink.seen] == [(1, {"n": 1}), (2, {"n": 1})]


async def test_a_parked_message_goes_to_the_operators_and_the_others_go_on(case: Case, service: str, envelope: Make) -> None:
    def park_first(given: Envelope) -> Settlement:
        return Settlement("park", error="Broken", category="fault") if given.id == "cmd_1" else done(given)

    async with case.bus.requests() as requests, case.bus.consumer(commands(service), RecordingSink(park_first)):
        parked, other = await asyncio.gather(_call_in_vain(requests, envelope(1)), requests.call(envelope(2), b"{}", 10))
        assert parked is None
        assert other["command_id"] == "cmd_2"
    assert await case.parked(service) == Parked(service, "Broken", "fault", envelope(1))


async def _call_in_vain(requests: Any, sent: Envelope) -> ReplyData | None:
    try:
        reply: ReplyData = await requests.call(sent, data(sent), 0.5)
        return reply
    except NoReply:
        return None


async def test_the_last_attempt_is_parked_instead_of_retried(case: Case, service: str, envelope: Make, body: Body) -> None:
    sink = RecordingSink(lambda _: Settlement("retry", error="TransientError", category="unavailable"))
    async with case.bus.consumer(commands(service), sink):
        await case.bus.publisher.publish("commands", f"{service}.do_it", body(1, attempt=10))
        assert await case.parked(service) == Parked(service, "TransientError", "unavailable", envelope(1, attempt=10))


async def test_an_exception_hits_only_the_message_that_raises(case: Case, service: str, body: Body) -> None:
    def explode(given: Envelope) -> Settlement:
        if given.data["n"] == 2:
            raise LookupError("a name")
        return done(given)

    sink = RecordingSink(explode)
    sink.gate.clear()
    async with case.bus.consumer(commands(service), sink):
        await case.bus.publisher.publish("commands", f"{service}.do_it", body(0))
        await sink.until_seen(1)
        await asyncio.gather(*(case.bus.publisher.publish("commands", f"{service}.do_it", body(n, attempt=10)) for n in range(1, 4)))
        sink.gate.set()
        parked = await case.parked(service)
        await sink.until(lambda: {3} <= {given.data["n"] for given in sink.seen})
    assert parked.envelope is not None
    assert parked.envelope.data["n"] == 2
    assert (parked.error, parked.category) == ("LookupError", "fault")


async def test_an_unknown_type_is_parked_unseen(case: Case, service: str, envelope: Make, body: Body) -> None:
    sink = RecordingSink()
    async with case.bus.consumer(commands(service), sink, types={f"{service}.do_it"}):
        await case.bus.publisher.publish("commands", f"{service}.do_that", body(1, type=f"{service}.do_that"))
        parked = await case.parked(service)
    assert parked == Parked(service, "UnknownType", "unknown_type", envelope(1, type=f"{service}.do_that"))
    assert sink.seen == []


async def test_what_is_no_message_is_parked_and_the_next_one_is_run(case: Case, service: str, envelope: Make, body: Body) -> None:
    sink = RecordingSink()
    async with case.bus.consumer(commands(service), sink):
        await case.bus.publisher.publish("commands", f"{service}.do_it", b"this is no JSON")
        await case.bus.publisher.publish("commands", f"{service}.do_it", body(2))
        assert await sink.until_seen(1) == [envelope(2)]
        assert await case.parked(service) == Parked(service, "not JSON", "malformed", None)


async def test_concurrent_messages_run_beside_the_groups(case: Case, service: str, body: Body) -> None:
    release = asyncio.Event()

    class Slow(RecordingSink):
        async def run(self, envelopes: Any) -> Any:
            settlements = await super().run(envelopes)
            if self.concurrent(envelopes[0]):
                await release.wait()
            return settlements

    sink = Slow(concurrent=lambda given: given.data["n"] < 2)
    async with case.bus.consumer(commands(service), sink):
        for n in range(5):
            await case.bus.publisher.publish("commands", f"{service}.do_it", body(n))
        await sink.until_seen(5)
        release.set()
    assert sorted(len(group) for group in sink.groups if group[0].data["n"] < 2) == [1, 1]


async def test_an_unavailable_store_holds_messages_without_counting_attempts(case: Case, service: str, body: Body) -> None:
    outages = iter([StoreUnavailable, StoreUnavailable])

    def away(given: Envelope) -> Settlement:
        for outage in outages:
            raise outage
        return done(given)

    sink = RecordingSink(away)
    async with case.bus.consumer(commands(service), sink):
        await case.bus.publisher.publish("commands", f"{service}.do_it", body(1))
        seen = await sink.until_seen(3)
    assert [given.attempt for given in seen] == [1, 1, 1]


async def test_stopping_finishes_the_group_in_hand_and_leaves_the_rest(case: Case, service: str, body: Body) -> None:
    first = RecordingSink()
    first.gate.clear()
    async with case.bus.consumer(commands(service), first, group_max=1):
        for n in range(3):
            await case.bus.publisher.publish("commands", f"{service}.do_it", body(n))
        await first.until_seen(1)
        asyncio.get_running_loop().call_later(0.1, first.gate.set)
    assert [given.data["n"] for given in first.seen] == [0]
    second = RecordingSink()
    async with case.bus.consumer(commands(service), second):
        await second.until_seen(2)
    assert [given.data["n"] for given in second.seen] == [1, 2]


async def test_stopping_does_not_wait_for_a_store_that_is_away(case: Case, service: str, body: Body) -> None:
    def away(given: Envelope) -> Settlement:
        raise StoreUnavailable

    first = RecordingSink(away)
    async with case.bus.consumer(commands(service), first):
        await case.bus.publisher.publish("commands", f"{service}.do_it", body(1))
        await first.until_seen(1)
    second = RecordingSink()
    async with case.bus.consumer(commands(service), second):
        assert [given.data["n"] for given in await second.until_seen(1)] == [1]
