"""A remote payer tells of late decisions: they are recorded like those that it was asked for (fhir-pas.md 14.3, 22)."""

from dataclasses import dataclass

from prometheus_client import Counter

from priorbus.contracts.commands.fhir_payers import TakePayerNotification
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.aggregates import EXCHANGES, PAYER_ENDPOINTS
from priorbus.fhir_pas.domain.case_answers import says_something
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.fhir_json import MalformedJsonError, parse_object
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.late_answers import shows_other, with_decisions
from priorbus.fhir_pas.domain.remote.endpoint import ENDPOINT_KEY
from priorbus.fhir_pas.domain.remote.notices import Notice, notice_in
from priorbus.fhir_pas.handlers.answering import Answered
from priorbus.fhir_pas.handlers.decide_claim import reopened
from priorbus.fhir_pas.handlers.fhir_replies import answered, declined, outcome, plain_issue
from priorbus.fhir_pas.handlers.following import follow
from priorbus.fhir_pas.handlers.hearing import Heard, Hearing, TooEarly
from priorbus.fhir_pas.handlers.keep_payer_subscription import subscription_of
from priorbus.fhir_pas.handlers.request_body import request_text
from priorbus.fhir_pas.handlers.revising import revise
from priorbus.runtime.handling import Context, Result
from priorbus.runtime.work import Reader

EVENTS = Counter("priorbus_fhir_pas_payer_events", "Events that remote payers told of", ["outcome"])
_UNREADABLE = Issue("", "error", "invalid", "Not a notification", "expected a history Bundle with the status of a Subscription", "")
_OVER = Issue("", "error", "not-found", "Unknown Subscription", "this Subscription is over", "")
_TAKEN = plain_issue("information", "informational", "Taken.")
_EARLY = Issue("", "error", "transient", "Too early", "send this notification again", "")


@dataclass(frozen=True, slots=True)
class Taken:
    """A readable notification, and what is new in it; None when it has to come again."""

    notice: Notice
    heard: tuple[Heard, ...] | None = ()


@dataclass(frozen=True, slots=True)
class TakePayerNotificationHandler:
    """Each event counts once, by its number. The gateway has verified the secret, which says whose notification it is."""

    hearing: Hearing

    async def observe(self, command: TakePayerNotification, envelope: Envelope, reader: Reader) -> Taken | None:
        tools = self.hearing.tools
        try:
            notice = notice_in(parse_object(await request_text(command.request, tools.bodies)))
        except MalformedJsonError:
            return None
        if notice is None:
            return None
        known = subscription_of(await reader.get(PAYER_ENDPOINTS, envelope.tenant, ENDPOINT_KEY), command.subscription_id)
        if known is None or notice.subscription != known.remote_id:
            return Taken(notice)
        fresh = [event for event in notice.events if event.number > known.events]
        try:
            heard = await self.hearing.of(fresh, envelope.tenant, reader, envelope.time)
        except TooEarly:
            return Taken(notice, heard=None)
        return Taken(notice, heard)

    async def handle(self, command: TakePayerNotification, context: Context) -> Result | Refusal:
        taken: Taken | None = context.observed
        base = self.hearing.tools.terms.public_base
        if taken is None:
            return declined(400, (_UNREADABLE,), base)
        endpoint = await context.work.get(PAYER_ENDPOINTS, context.tenant, ENDPOINT_KEY)
        known = subscription_of(endpoint, command.subscription_id)
        if known is None or endpoint is None:
            return declined(410, (_OVER,), base)
        if known.remote_id is None or taken.heard is None:
            return declined(503, (_EARLY,), base)
        if taken.notice.subscription != known.remote_id:
            return declined(410, (_OVER,), base)
        number = known.events
        for heard in taken.heard:
            if heard.event.number > number:
                number = heard.event.number
                EVENTS.labels("recorded" if await self._record(heard, context) else "left out").inc()
        after = known.model_copy(update={"status": "active", "events": number})
        if after != known:
            context.work.put(PAYER_ENDPOINTS, context.tenant, endpoint.model_copy(update={"subscription": after}))
        return answered(200, outcome(_TAKEN))

    async def _record(self, heard: Heard, context: Context) -> bool:
        """Whether it told something new."""
        if heard.news is None or heard.news.answer is None:
            return False
        if heard.exchange is not None:
            return await self._follow(heard.exchange, Answered(heard.news.opened, heard.news.answer), context)
        current = await reopened(context, heard.news.opened)
        if current is None:
            return False
        answer = with_decisions(current.answer, heard.news.answer.items, context.now.date().isoformat())
        if not shows_other(current.answer, answer):
            return False
        await revise(context, current, answer, self.hearing.tools.terms.public_base)
        return True

    async def _follow(self, heard: Exchange, told: Answered, context: Context) -> bool:
        known = await context.work.get(EXCHANGES, context.tenant, heard.id)
        waits = known is not None and known.hears and known.sent_attempt == heard.sent_attempt
        if known is None or not waits or not says_something(told.answer):
            return False
        await follow(context, known, told, self.hearing.tools)
        return True
