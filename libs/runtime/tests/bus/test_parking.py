"""What operators do with parked messages, on the real broker."""

import asyncio
from collections.abc import Callable

import pytest
from aiormq.abc import AbstractChannel

from priorbus.contracts.envelope import Envelope
from priorbus.runtime import cloudevents
from priorbus.runtime.bus import AmqpBus
from priorbus.runtime.bus.aside import Aside
from priorbus.runtime.bus.names import ServiceQueue, parking_queue
from priorbus.runtime.bus.parking import DeadLetter, NotRunnable, Parking, parking
from priorbus.runtime.settlement import Settlement

BROKEN = b"\x00 no message"


@pytest.fixture
async def parked(real_bus: AmqpBus, service: str, envelope: Callable[..., Envelope]) -> list[str]:
    """Three messages and something that is none."""
    aside = Aside(real_bus.publisher, ServiceQueue(service, "commands"))
    for number in (1, 2, 3):
        await aside.park(envelope(number, attempt=10, request_id=f"req_{number}"), Settlement("park", error="KeyError", category="fault"))
    await aside.park_body(BROKEN, "MalformedBatch")
    return ["cmd_1", "cmd_2", "cmd_3"]


async def letters(amqp_url: str, service: str) -> list[DeadLetter]:
    async with parking(amqp_url) as lots:
        return await lots(service).letters()


async def test_looking_shows_where_and_why_and_takes_nothing(amqp_url: str, service: str, parked: list[str]) -> None:
    for _ in range(2):
        found = await letters(amqp_url, service)
        assert [one.id for one in found[:3]] == parked
        assert [(one.error, one.category, one.attempt, one.request_id) for one in found[:1]] == [("KeyError", "fault", 10, "req_1")]
        assert (found[0].queue, found[0].type, found[0].tenant) == (f"priorbus.{service}.commands", f"{service}.do_it", "t_acme")
        assert (found[3].category, found[3].type) == ("malformed", "")


async def test_requeued_messages_start_anew_where_they_failed(
    amqp_url: str, service: str, parked: list[str], channel: AbstractChannel
) -> None:
    async with parking(amqp_url) as lots:
        assert [one.id for one in await lots(service).requeue(["cmd_2"])] == ["cmd_2"]
    message = await channel.basic_get(f"priorbus.{service}.commands", no_ack=True)
    [envelope] = cloudevents.decode(message.body)
    assert (envelope.id, envelope.attempt, envelope.data) == ("cmd_2", 1, {"n": 2})
    assert {one.id for one in await letters(amqp_url, service)} >= {"cmd_1", "cmd_3"}
    assert "cmd_2" not in {one.id for one in await letters(amqp_url, service)}


async def test_what_is_no_message_is_dropped_but_never_run(amqp_url: str, service: str, parked: list[str]) -> None:
    broken = (await letters(amqp_url, service))[-1].id
    async with parking(amqp_url) as lots:
        with pytest.raises(NotRunnable):
            await lots(service).requeue(["cmd_1", broken])
    assert len(await letters(amqp_url, service)) == 4
    async with parking(amqp_url) as lots:
        assert {one.id for one in await lots(service).drop([broken, "cmd_3", "unknown"])} == {"cmd_3", broken}
    assert {one.id for one in await letters(amqp_url, service)} == {"cmd_1", "cmd_2"}


async def test_an_operator_who_dies_between_sending_and_acknowledging_loses_nothing(
    amqp_url: str, service: str, parked: list[str], channel: AbstractChannel
) -> None:
    class Dying(Parking):
        async def _send_again(self, letter: DeadLetter, message: object) -> None:
            await super()._send_again(letter, message)  # type: ignore[arg-type]
            raise ConnectionError

    with pytest.raises(ConnectionError):
        async with parking(amqp_url) as lots:
            await Dying(lots(service)._channel, service).requeue(["cmd_1"])
    async with asyncio.timeout(10):
        while len(await letters(amqp_url, service)) != 4:
            await asyncio.sleep(0.05)
    assert (await channel.basic_get(f"priorbus.{service}.commands", no_ack=True)).delivery_tag is not None
    assert (await channel.queue_declare(parking_queue(service), passive=True)).message_count == 4
