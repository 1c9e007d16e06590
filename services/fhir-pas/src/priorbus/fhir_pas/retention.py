"""Removes what has been kept as long as its tenant wants (fhir-pas.md 16, 21)."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Final, Protocol

import structlog

from priorbus.contracts.commands.fhir_keeping import PurgeAttachments, PurgeAuthorization, PurgeExchange
from priorbus.fhir_pas.domain.retention import months_before
from priorbus.fhir_pas.domain.tenant_settings import terms_of
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.ports import KeptIndex
from priorbus.runtime.clock import Clock, utc_now
from priorbus.runtime.group import ExecutionFailed
from priorbus.runtime.settlement import StoreUnavailable

PurgeCommand = PurgeAuthorization | PurgeExchange | PurgeAttachments
Purge = Callable[[PurgeCommand, str], Awaitable[bool]]
"""Carries the command out for a tenant; whether something was removed. Raises StoreUnavailable, ExecutionFailed."""
_INTERVAL_SECONDS: Final = 3600.0
_AT_ONCE: Final = 100
log = structlog.get_logger()


class Find(Protocol):
    """Finds some that are over, by tenant and id."""

    def __call__(self, *, without: Collection[tuple[str, str]]) -> Awaitable[Sequence[tuple[str, str]]]:
        """The next ones."""


class Retention:
    """One process at a time looks, once an hour. What can not be removed now is met again."""

    def __init__(self, kept: KeptIndex, purge: Purge, terms: Terms, clock: Clock = utc_now) -> None:
        self._kept = kept
        self._purge = purge
        self._terms = terms
        self._clock = clock

    async def keep_looking(self) -> None:
        """Until cancelled."""
        while True:
            try:
                removed = await self.look()
            except StoreUnavailable as error:
                log.warning("retention waits", error=error)
            else:
                if removed:
                    log.info("removed after retention", count=removed)
            await asyncio.sleep(_INTERVAL_SECONDS)

    async def look(self) -> int:
        """Remove all that is due; how many authorizations, unsent packages and held attachments. Raises StoreUnavailable."""
        own = {tenant: terms_of(one, self._terms).retention_months for tenant, one in (await self._kept.settings()).items()}
        removed = await self._tenants(tuple(own), self._terms.retention_months, listed=False)
        for tenant, months in own.items():
            removed += await self._tenants((tenant,), months, listed=True)
        return removed + await self._attachments()

    async def _tenants(self, tenants: tuple[str, ...], months: int, *, listed: bool) -> int:
        before = months_before(self._clock(), months)
        unused = partial(self._kept.unused, tenants, listed=listed, before=before, limit=_AT_ONCE)
        unsent = partial(self._kept.unsent, tenants, listed=listed, before=before, limit=_AT_ONCE)
        removed = await self._all(unused, lambda id_: PurgeAuthorization(authorization_id=id_))
        return removed + await self._all(unsent, lambda id_: PurgeExchange(exchange_id=id_))

    async def _all(self, find: Find, command: Callable[[str], PurgeCommand]) -> int:
        failed: list[tuple[str, str]] = []
        removed = 0
        while found := await find(without=failed):
            for tenant, id_ in found:
                if await self._done(command(id_), tenant):
                    removed += 1
                else:
                    failed.append((tenant, id_))
            if len(failed) >= _AT_ONCE:
                break
        return removed

    async def _attachments(self) -> int:
        removed = 0
        while found := await self._kept.held_too_long(self._clock(), _AT_ONCE):
            done = [await self._done(PurgeAttachments(submission_id=id_), tenant) for tenant, id_ in found]
            removed += sum(done)
            if not all(done):
                break
        return removed

    async def _done(self, command: PurgeCommand, tenant: str) -> bool:
        try:
            return await self._purge(command, tenant)
        except ExecutionFailed as error:
            log.warning("not removed after retention", tenant=tenant, message_type=command.wire_type, error=error)
            return False
