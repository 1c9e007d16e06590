"""The payers of this process, put together from the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from priorbus.fhir_pas.adapters.payers import TenantPayers
from priorbus.fhir_pas.adapters.remote.calls import RemoteCalls
from priorbus.fhir_pas.adapters.remote.connector import RemotePayer
from priorbus.fhir_pas.adapters.remote.endpoints import StoredEndpoints
from priorbus.fhir_pas.adapters.remote.tokens import Tokens
from priorbus.fhir_pas.adapters.sandbox.connector import SandboxPayer
from priorbus.fhir_pas.adapters.sandbox.tables import TenantTables
from priorbus.fhir_pas.ports import PayerConnector, RequestBodies
from priorbus.fhir_pas.settings import Settings
from priorbus.runtime.clock import utc_now
from priorbus.runtime.outgoing import guard_of, outgoing_session
from priorbus.runtime.sealing import Sealer
from priorbus.runtime.work import Reader

_CALL_SECONDS = 60


@asynccontextmanager
async def open_payers(settings: Settings, reader: Reader, objects: RequestBodies) -> AsyncIterator[PayerConnector]:
    """With a pool of connections. Raises ValueError on settings that are refused in the live environment."""
    guard = guard_of(settings.pas_endpoint_allow, settings.environment)
    endpoints = StoredEndpoints(reader)
    step = timedelta(milliseconds=settings.sandbox_step_ms)
    sandbox = SandboxPayer(TenantTables(reader), step) if settings.sandbox_payer else None
    async with outgoing_session(guard, timeout_seconds=_CALL_SECONDS) as session:
        calls = RemoteCalls(session, guard, Tokens(session, guard, Sealer(settings.sealing_keys)))
        yield TenantPayers(endpoints, RemotePayer(endpoints, calls, objects, utc_now), sandbox)
