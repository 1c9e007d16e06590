"""The exchange with a payer about one REST-born authorization, as pure transitions (authorizations.md 4.6, fhir-pas.md 24)."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from priorbus.contracts.authorizations import Authorization

Status = Literal["prepared", "awaiting_permit", "received", "retrying", "giving_up", "closed"]
_FIRST_BACKOFF = timedelta(seconds=0.5)
_LONGEST_BACKOFF = timedelta(seconds=60)
LONGEST_SENDING = timedelta(hours=1)
"""Longer than all attempts of a work item may take."""


class Exchange(BaseModel):
    """One per authorization; `id` is the authorization's.

    `attempt` is the one in hand, `first_attempt` the first of the present work item, `sent_attempt` the last that the payer has
    received, `channel` how it was tried last. `package` is the prepared Bundle. `step` counts polls of the attempt, `timer` numbers
    timers so that stale ones are known, `names` are what the payer may call the request in its answers. `of_use_until` is when what a
    package asks for is over; once it is stored as a Claim, that is what tells how long both are kept.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    work_item_id: str
    status: Status
    service_code: str
    package: bytes | None = None
    sent_attempt: int = 0
    channel: str = ""
    first_attempt: int = 0
    attempt: int = 0
    step: int = 0
    timer: int = 0
    names: tuple[str, ...] = ()
    failures: int = 0
    updated_at: datetime
    of_use_until: datetime | None = None

    @property
    def hears(self) -> bool:
        """Whether what the payer says of the last sent attempt counts: also while a permit for another is wanted, which may never come."""
        return self.sent_attempt > 0 and self.status in {"received", "awaiting_permit"}

    def is_sending(self, now: datetime) -> bool:
        """Whether the payer's first word on the attempt in hand may still come; none does where the permit for it was refused."""
        return self.status not in {"received", "closed"} and now - self.updated_at < LONGEST_SENDING


def prepared(
    known: Exchange | None, authorization: Authorization, work_item_id: str, package: bytes, now: datetime, *, of_use_until: datetime
) -> Exchange:
    """The exchange with a clean package; what is under way with the payer goes on."""
    opened = known or _opened(None, authorization, work_item_id, now)
    return opened.model_copy(update={"package": package, "updated_at": now, "of_use_until": of_use_until})


def awaiting_permit(known: Exchange | None, authorization: Authorization, work_item_id: str, now: datetime) -> Exchange:
    """The exchange that asks for the first permit of a work item."""
    attempt = authorization.attempts + 1
    change = {"status": "awaiting_permit", "first_attempt": attempt, "attempt": attempt}
    return _opened(known, authorization, work_item_id, now).model_copy(update=change)


def next_permit(exchange: Exchange, now: datetime) -> Exchange:
    """The exchange that asks for a permit after a failed attempt."""
    return exchange.model_copy(update={"status": "awaiting_permit", "attempt": exchange.attempt + 1, "updated_at": now})


def may_send(exchange: Exchange | None, work_item_id: str, attempt: int) -> bool:
    """Whether this permitted attempt is the one in hand and was not recorded yet."""
    if exchange is None:
        return False
    in_hand = exchange.work_item_id == work_item_id and exchange.attempt == attempt
    return in_hand and exchange.status == "awaiting_permit"


def failed(exchange: Exchange, channel: str, most_attempts: int, now: datetime) -> tuple[Exchange, timedelta]:
    """The exchange after an attempt that did not reach the payer, and the time until it goes on."""
    used = exchange.attempt - exchange.first_attempt + 1
    status = "giving_up" if used >= most_attempts else "retrying"
    change = {"status": status, "channel": channel, "timer": exchange.timer + 1, "updated_at": now}
    return exchange.model_copy(update=change), _backoff(used)


def received(exchange: Exchange, channel: str, names: tuple[str, ...], now: datetime) -> Exchange:
    """The exchange once the payer has the request."""
    change = {
        "status": "received",
        "package": None,
        "sent_attempt": exchange.attempt,
        "channel": channel,
        "names": names,
        "step": 0,
        "failures": 0,
        "updated_at": now,
        "of_use_until": None,
    }
    return exchange.model_copy(update=change)


def waiting(exchange: Exchange, now: datetime, *, polled: bool) -> Exchange:
    """The exchange with a new timer; `polled` when the step before is done, otherwise the same step is tried again."""
    progress = {"step": exchange.step + 1, "failures": 0} if polled else {"failures": exchange.failures + 1}
    return exchange.model_copy(update={"timer": exchange.timer + 1, "updated_at": now, **progress})


def poll_backoff(exchange: Exchange) -> timedelta:
    """The time until a poll that failed is tried again."""
    return _backoff(exchange.failures + 1)


def closed(exchange: Exchange, now: datetime) -> Exchange:
    """The exchange that has nothing more to do in this work item."""
    return exchange.model_copy(update={"status": "closed", "updated_at": now})


def heard_out(exchange: Exchange, now: datetime) -> Exchange:
    """The exchange to which the payer will say no more of the last sent attempt; a permit that is wanted still is."""
    return exchange.model_copy(update={"updated_at": now}) if exchange.status == "awaiting_permit" else closed(exchange, now)


def _opened(known: Exchange | None, authorization: Authorization, work_item_id: str, now: datetime) -> Exchange:
    if known is not None:
        return known.model_copy(update={"work_item_id": work_item_id, "updated_at": now})
    return Exchange(
        id=authorization.id,
        work_item_id=work_item_id,
        status="prepared",
        service_code=authorization.selection.service_code,
        updated_at=now,
    )


def _backoff(failures: int) -> timedelta:
    return min(_FIRST_BACKOFF * (1 << failures - 1), _LONGEST_BACKOFF)
