"""The payers of this process, put together from the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from priorbus.fhir_pas.adapters.payers import TenantPayers
from priorbus.fhir_pas.adapters.remote.calls import RemoteCalls
from priorbus.fhir_pas.adapters.remote.connector import RemotePayer
from priorbus.fhir_pas.adapters.remote.endpoints import StoredEndpoints
from priorbus.fhir_pas.adapters.remote.subscriptions import RemoteSubscriptions
from priorbus.fhir_pas.adapters.remote.tokens import Tokens
from priorbus.fhir_pas.adapters.sandbox.connector import SandboxPayer
from priorbus.fhir_pas.adapters.sandbox.tables import TenantTables
from priorbus.fhir_pas.ports import PayerConnector, PayerSubscriptions, RequestBodies
from priorbus.fhir_pas.settings import Settings
from priorbus.runtime.clock import utc_now
from priorbus.runtime.outgoing import guard_of, outgoing_session
from priorbus.runtime.sealing import Sealer
from priorbus.runtime.work import Reader

_CALL_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Payers:
    """The connector, and our Subscriptions at remote payers."""

    connector: PayerConnector
    subscriptions: PayerSubscriptions


@asynccontextmanager
async def open_payers(settings: Settings, reader: Reader, objects: RequestBodies) -> AsyncIterator[Payers]:
    """With a pool of connections. Raises ValueError on settings that are refused in the live environment."""
    guard = guard_of(settings.pas_endpoint_allow, settings.environment)
    endpoints = StoredEndpoints(reader)
    step = timedelta(milliseconds=settings.sandbox_step_ms)
    sandbox = SandboxPayer(TenantTables(reader), step) if settings.sandbox_payer and settings.pas_connector == "sandbox" else None
    async with outgoing_session(guard, timeout_seconds=_CALL_SECONDS) as session:
        sealer = Sealer(settings.sealing_keys)
        calls = RemoteCalls(session, guard, Tokens(session, guard, sealer))
        connector = TenantPayers(endpoints, RemotePayer(endpoints, calls, objects, utc_now), sandbox)
        yield Payers(connector, RemoteSubscriptions(calls, sealer, settings.terms().public_base))
