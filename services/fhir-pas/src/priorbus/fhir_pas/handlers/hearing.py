"""What a remote payer's notification says of our requests, before anything is recorded (fhir-pas.md 14.3, 22)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from priorbus.fhir_pas.domain.case_answers import shown
from priorbus.fhir_pas.domain.claim_keys import payer_key
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.remote.inquiries import told_names
from priorbus.fhir_pas.domain.remote.notices import NotedEvent
from priorbus.fhir_pas.domain.submissions import attempt_id
from priorbus.fhir_pas.handlers.decide_claim import News
from priorbus.fhir_pas.handlers.opening import open_by_id, open_head
from priorbus.fhir_pas.handlers.tools import Tools, tenant_terms
from priorbus.fhir_pas.ports import ExchangeIndex, PayerUnreachable
from priorbus.runtime.work import Reader

STILL_COMING: Final = timedelta(minutes=1)
"""How long the answer that an event follows may take to be recorded here."""
log = structlog.get_logger()


class TooEarly(Exception):
    """An event about a request whose answer is being recorded: it has to come again."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An event, and what it says of a submission, `exchange` if that is of a case; neither when it is about nothing that waits here."""

    event: NotedEvent
    news: News | None = None
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """Finds what events are about."""

    tools: Tools
    exchanges: ExchangeIndex

    async def of(self, events: Iterable[NotedEvent], tenant: str, reader: Reader, now: datetime) -> tuple[Heard, ...]:
        """Every event. Raises TooEarly."""
        return tuple([await self._one(event, tenant, reader, now) for event in events])

    async def _one(self, event: NotedEvent, tenant: str, reader: Reader, now: datetime) -> Heard:
        if event.response is None:
            log.warning("payer told of no ClaimResponse", tenant=tenant, position=event.number)
            return Heard(event)
        try:
            heard = await self._about(event, event.response, tenant, reader, now)
        except (AttributeError, KeyError, TypeError, ValueError, PayerUnreachable) as error:
            log.warning("payer told of something unreadable", tenant=tenant, position=event.number, error=type(error).__name__)
            return Heard(event)
        if heard is None and event.at is not None and now - event.at < STILL_COMING:
            raise TooEarly
        return heard or Heard(event)

    async def _about(self, event: NotedEvent, response: Resource, tenant: str, reader: Reader, now: datetime) -> Heard | None:
        """None when nothing here is known under the payer's names."""
        found = await self.tools.index.find(tenant, [payer_key(response["id"])], 1)
        opened = await open_head(found[0], tenant, reader, self.tools) if found else None
        if opened is None or opened.submission.attempt:
            return await self._about_case(event, response, tenant, reader, now) or (Heard(event) if found else None)
        if opened.answer.reference != response["id"]:
            return Heard(event)
        answer = await self.tools.connector.hear(opened.request(tenant, now), response, event.bundle)
        return Heard(event, news=News(opened, answer))

    async def _about_case(self, event: NotedEvent, response: Resource, tenant: str, reader: Reader, now: datetime) -> Heard | None:
        """What cases are called in answers; the payer's own name of one may be anything that it has told of it."""
        exchange = await self.exchanges.named(tenant, told_names(response))
        if exchange is None:
            return None
        opened = await open_by_id(attempt_id(exchange.id, exchange.sent_attempt), tenant, reader, self.tools)
        if not exchange.hears or opened is None:
            return Heard(event)
        request = opened.request(tenant, now)
        terms = await tenant_terms(tenant, reader, self.tools.terms)
        answer = shown(await self.tools.connector.hear(request, response, event.bundle), request, tasks=terms.emits_tasks)
        return Heard(event, News(opened, answer), exchange)
