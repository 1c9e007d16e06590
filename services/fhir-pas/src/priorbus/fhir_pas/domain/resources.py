"""FHIR resources as they are kept: versions, ownership, stored form (fhir-pas.md 3, 7, 21)."""

import hashlib
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from priorbus.fhir_pas.domain.fhir_json import Resource, canonical, dump, parse
from priorbus.fhir_pas.domain.identity import instant
from priorbus.fhir_pas.domain.search_terms import date_start, search_terms

CREATED_AT_URL = "https://aidbox.app/ex/createdAt"


class StoredResource(BaseModel):
    """One version. `content` is the resource as JSON without the server's meta; `digest` tells whether content changed.

    `identifiers` are `system|value`, `terms` what searches find it by, `created_instant` the element `created` as far as it is a date.
    `client` is who brought it: another client's resource is never overwritten. A `deleted` version ends the resource until a later one.
    `used_at` tells now and then that a request has come with it unchanged.
    """

    model_config = ConfigDict(frozen=True)

    type: str
    id: str
    version_id: int
    client: str
    content: bytes
    digest: bytes
    identifiers: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    created_instant: datetime | None = None
    deleted: bool = False
    created_at: datetime
    last_updated: datetime
    used_at: datetime | None = None


def resource_key(resource: StoredResource) -> str:
    """The key of the current version."""
    return f"{resource.type}/{resource.id}"


def version_key(resource: StoredResource) -> str:
    """The key of one version in the history."""
    return f"{resource.type}/{resource.id}/{resource.version_id}"


def next_version(known: StoredResource | None, content: Resource, client: str, now: datetime) -> StoredResource:
    """The version that holds this content: the known one when nothing changed, else the one after it."""
    digest = _digest(content)
    if known is not None and known.digest == digest:
        return known
    return StoredResource(
        type=content["resourceType"],
        id=content["id"],
        version_id=known.version_id + 1 if known else 1,
        client=client,
        content=dump(content),
        digest=digest,
        identifiers=tuple(_identifiers(content)),
        terms=search_terms(content),
        created_instant=date_start(content.get("created")),
        created_at=known.created_at if known else now,
        last_updated=now,
    )


def holds(resource: StoredResource, content: Resource) -> bool:
    """Whether a version has this content."""
    return resource.digest == _digest(content)


def stored_form(
    resource: StoredResource, content: Resource | None = None, *, profile: str | None = None, created_url: str = CREATED_AT_URL
) -> Resource:
    """The resource with the server's meta; `profile` stands in where the client named none.

    `content` saves parsing when the caller still has it. `created_url` names the extension with the instant of its creation.
    """
    body = parse(resource.content) if content is None else content
    meta = dict(body.get("meta", {}))
    if "profile" not in meta and profile:
        meta["profile"] = [profile]
    created = {"url": created_url, "valueInstant": instant(resource.created_at)}
    meta["lastUpdated"] = instant(resource.last_updated)
    meta["versionId"] = str(resource.version_id)
    meta["extension"] = [*(known for known in meta.get("extension", ()) if known.get("url") != created_url), created]
    return {**body, "meta": meta}


def _digest(content: Resource) -> bytes:
    return hashlib.sha256(canonical(content)).digest()


def _identifiers(content: Resource) -> list[str]:
    found = content.get("identifier", [])
    return [f"{one.get('system', '')}|{one['value']}" for one in (found if isinstance(found, list) else [found]) if "value" in one]
