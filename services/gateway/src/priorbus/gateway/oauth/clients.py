"""Registrations of FHIR clients (Conventions 3.4, fhir-pas.md 19)."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from priorbus.runtime.mongo.documents import Document
from priorbus.runtime.mongo.driver import Database

COLLECTION = "fhir_clients"
Base = Literal["/fhir", "/pas/2.2/fhir", "/pas/2.0/fhir"]
BASES: tuple[Base, ...] = ("/fhir", "/pas/2.2/fhir", "/pas/2.0/fhir")


class FhirClient(BaseModel):
    """One client. Its keys are `jwks` (the set by value) or come from `jwks_url`; `secret_digest` permits HTTP Basic on `/fhir`.

    `identifiers` are `value` or `system|value`, `bases` those it may use; with `tenant_wide` it sees what all clients of its tenant sent.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    tenant: str
    user_id: int
    scopes: tuple[str, ...]
    jwks: dict[str, Any] | None = None
    jwks_url: str | None = None
    secret_digest: str | None = None
    identifiers: tuple[str, ...] = ()
    npis: tuple[str, ...] = ()
    tenant_wide: bool = False
    bases: tuple[Base, ...] = BASES


class FhirClients:
    """The registrations of all tenants; client ids are unique across them."""

    def __init__(self, database: Database) -> None:
        self._rows = database[COLLECTION]

    async def find(self, client_id: str) -> FhirClient | None:
        """The registration under this id."""
        return from_document(await self._rows.find_one({"_id": client_id}))

    async def add(self, client: FhirClient) -> None:
        """Register. Raises DuplicateKeyError when the id is taken."""
        await self._rows.insert_one(to_document(client))

    async def of(self, tenant: str) -> list[FhirClient]:
        """A tenant's registrations by id."""
        rows = await self._rows.find({"tenant": tenant}, sort=[("_id", 1)]).to_list(None)
        return [client for client in map(from_document, rows) if client is not None]

    async def remove(self, tenant: str, client_id: str) -> bool:
        """Forget a registration; False when the tenant has none under this id."""
        return bool((await self._rows.delete_one({"_id": client_id, "tenant": tenant})).deleted_count)


def to_document(client: FhirClient) -> Document:
    """As it is stored."""
    document = client.model_dump()
    return {"_id": document.pop("id"), **document}


def from_document(document: Document | None) -> FhirClient | None:
    """The registration in a document, None for none."""
    return None if document is None else FhirClient.model_validate({**document, "id": document["_id"]})
