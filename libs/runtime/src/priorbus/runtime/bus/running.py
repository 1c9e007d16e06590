"""Handing a group to the sink until it is settled, whatever the sink does."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

import structlog

from priorbus.contracts.envelope import Envelope
from priorbus.runtime.settlement import Settlement, Sink, StoreUnavailable
from priorbus.runtime.tracing import consuming

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
log = structlog.get_logger()


async def run_group(sink: Sink, envelopes: Sequence[Envelope], ended: asyncio.Event) -> Sequence[Settlement] | None:
    """One settlement per message; None when `ended` came while the store was away, and the broker shall keep the messages.

    After an unexpected exception each message runs alone, and the one that raises again is retried.
    """
    pause = _FIRST_PAUSE
    while True:
        try:
            return await _run_checked(sink, envelopes)
        except StoreUnavailable:
            log.warning("bus.store_unavailable", messages=len(envelopes), pause=pause)
            if await _comes_within(ended, pause):
                return None
            pause = min(2 * pause, _LONGEST_PAUSE)
        except Exception as error:  # noqa: BLE001 - no fault of a handler may end the consumer
            log.error("bus.sink_failed", messages=len(envelopes), error=type(error).__name__, at=origin(error.__traceback__))  # noqa: TRY400 - a message text may hold PHI
            if len(envelopes) == 1:
                return [Settlement("retry", error=type(error).__name__, category="fault")]
            return await _run_each(sink, envelopes, ended)


def is_concurrent(sink: Sink, envelope: Envelope) -> bool:
    """What the sink says; a message it fails on goes with the others, and running it will tell what is wrong."""
    try:
        return sink.concurrent(envelope)
    except Exception as error:  # noqa: BLE001 - see above
        log.error("bus.sink_failed", message_id=envelope.id, error=type(error).__name__)  # noqa: TRY400 - a message text may hold PHI
        return False


async def _run_each(sink: Sink, envelopes: Sequence[Envelope], ended: asyncio.Event) -> Sequence[Settlement] | None:
    settlements: list[Settlement] = []
    for envelope in envelopes:
        alone = await run_group(sink, [envelope], ended)
        if alone is None:
            return None
        settlements.extend(alone)
    return settlements


async def _run_checked(sink: Sink, envelopes: Sequence[Envelope]) -> Sequence[Settlement]:
    with consuming(envelopes) as followed:
        settlements = await sink.run(followed)
    if len(settlements) != len(envelopes):
        raise RuntimeError("a sink must settle every message")
    return settlements


async def _comes_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


def origin(traceback: TracebackType | None) -> str:
    """Where an exception was raised, as file and line: what may be logged of it besides its class."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return "" if traceback is None else f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
