"""States carried by replies, written to the projections before the replies are answered (Conventions 1.5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from priorbus.gateway.read_models import authorizations, catalogue, files
from priorbus.gateway.read_models.database import projected
from priorbus.gateway.read_models.guarded import WriteThrough
from priorbus.gateway.read_models.patients import ATTACHMENTS, CASES, PATIENTS
from priorbus.runtime.mongo.driver import Database


class Projections:
    """One writer per collection."""

    def __init__(self, database: Database) -> None:
        self._authorizations = WriteThrough(projected(database, authorizations.COLLECTION))
        self._files = WriteThrough(projected(database, files.COLLECTION))
        self._providers = WriteThrough(projected(database, catalogue.PROVIDERS))
        self._patients = WriteThrough(projected(database, PATIENTS.collection))
        self._patient_cases = WriteThrough(projected(database, CASES.collection))
        self._patient_attachments = WriteThrough(projected(database, ATTACHMENTS.collection))

    async def authorization(self, result: Mapping[str, Any]) -> None:
        """`{"authorization": …}`."""
        await self._authorizations.write(authorizations.document(result["authorization"]))

    async def file(self, result: Mapping[str, Any]) -> None:
        """`{"file": …}`."""
        await self._files.write(files.document(result["file"]))

    async def provider(self, result: Mapping[str, Any]) -> None:
        """`{"provider": …}`."""
        provider = result["provider"]
        rank = int(datetime.fromisoformat(provider["updated_at"]).timestamp() * 1000)
        await self._providers.write(catalogue.provider_document(provider, rank))

    async def patient(self, result: Mapping[str, Any]) -> None:
        """`{"patient": …}`."""
        await self._patients.write(PATIENTS.document(result["patient"]))

    async def patient_case(self, result: Mapping[str, Any]) -> None:
        """`{"patient_case": …}`."""
        await self._patient_cases.write(CASES.document(result["patient_case"]))

    async def patient_attachment(self, result: Mapping[str, Any]) -> None:
        """`{"patient_attachment": …}`."""
        await self._patient_attachments.write(ATTACHMENTS.document(result["patient_attachment"]))
