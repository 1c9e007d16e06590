"""Calls that wait for their replies."""

import asyncio
from dataclasses import dataclass, field

import structlog

from priorbus.runtime.bus import metrics
from priorbus.runtime.bus.errors import NoReply, NotAccepted
from priorbus.runtime.bus.interfaces import LateReply, ReplyData

log = structlog.get_logger()


def _future() -> asyncio.Future[ReplyData]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class Call:
    """One command whose caller waits."""

    wire_type: str
    confirmed: bool = False
    reply: asyncio.Future[ReplyData] = field(default_factory=_future)

    def settle(self, reason: str | None) -> None:
        """The broker has the command, or has not confirmed it."""
        if reason is None:
            self.confirmed = True
            return
        metrics.not_accepted(self.wire_type)
        self._fail(NotAccepted(reason))

    def lost(self) -> None:
        """The reply can not come any more."""
        self._fail(NoReply("the connection was lost") if self.confirmed else NotAccepted("the connection was lost"))

    async def answer(self, timeout: float) -> ReplyData:  # noqa: ASYNC109 - see interfaces
        """The reply. Raises NotAccepted or NoReply."""
        timer = asyncio.get_running_loop().call_later(timeout, self._expire)
        try:
            return await self.reply
        finally:
            timer.cancel()

    def _expire(self) -> None:
        self._fail(NoReply("no reply in time") if self.confirmed else NotAccepted("not confirmed in time"))

    def _fail(self, error: Exception) -> None:
        if not self.reply.done():
            self.reply.set_exception(error)


class WaitingCalls:
    """Calls by command id. Two calls with one id both get the first reply."""

    def __init__(self, on_late_reply: LateReply | None) -> None:
        self._calls: dict[str, list[Call]] = {}
        self._on_late_reply = on_late_reply

    def add(self, command_id: str, call: Call) -> None:
        """Wait for the reply to this command."""
        self._calls.setdefault(command_id, []).append(call)

    def remove(self, command_id: str, call: Call) -> None:
        """The caller has gone."""
        calls = self._calls.get(command_id, [])
        if call in calls:
            calls.remove(call)
            if not calls:
                del self._calls[command_id]

    def answered(self, command_id: str, reply: ReplyData) -> None:
        """A reply came: for whoever still waits, else for the callback."""
        waiting = [call for call in self._calls.get(command_id, ()) if not call.reply.done()]
        for call in waiting:
            call.reply.set_result(reply)
        if not waiting and self._on_late_reply is not None:
            self._hand_over(self._on_late_reply, command_id, reply)

    def lost(self) -> None:
        """The channel that the replies would have come over is gone."""
        for calls in self._calls.values():
            for call in calls:
                call.lost()

    def _hand_over(self, on_late_reply: LateReply, command_id: str, reply: ReplyData) -> None:
        try:
            on_late_reply(reply)
        except Exception as error:  # noqa: BLE001 - the other replies of the batch are somebody else's
            log.error("bus.late_reply_failed", message_id=command_id, error=type(error).__name__)  # noqa: TRY400 - its text may hold PHI
