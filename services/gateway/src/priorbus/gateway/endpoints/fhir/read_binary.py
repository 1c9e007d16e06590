"""GET {base}/Binary/{id}: content that was taken out of a resource, and files of cases (fhir-pas 17, 24)."""

import base64
import re
from datetime import UTC
from email.utils import format_datetime

import orjson

from priorbus.contracts.commands.storage import ReadDocument
from priorbus.contracts.documents import StoredContent
from priorbus.gateway.endpoints.fhir.forwarding import ask
from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Answer, Call
from priorbus.gateway.http.media_types import FHIR_JSON, names
from priorbus.gateway.http.problem import Problem
from priorbus.runtime.objects import ObjectMissing

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(; ?[\w-]+=[\w.-]+)*", re.ASCII)
_UNKNOWN = "application/octet-stream"
_VERSION = "1"
_LARGEST_RESOURCE = 5 * 1024 * 1024


async def read_binary(gateway: Gateway, call: Call) -> Answer:
    """The bytes with the stored media type; a Binary resource for clients that ask for FHIR. There is one version, which never changes."""
    if call.path.get("version", _VERSION) != _VERSION:
        raise Problem("not_found")
    stored = StoredContent.model_validate((await ask(gateway, call, ReadDocument(document_id=call.path["id"])))["content"])
    if stored.client != call.principal.client_id and not call.principal.tenant_wide:
        raise Problem("not_found")
    as_resource = names(call.request.headers.get("Accept", ""), FHIR_JSON)
    if as_resource and stored.size_bytes > _LARGEST_RESOURCE:
        raise Problem("not_acceptable")
    try:
        async with gateway.objects.get(stored.storage_key) as chunks:
            content = b"".join([chunk async for chunk in chunks])
    except ObjectMissing:
        raise Problem("not_found") from None
    headers = {
        "ETag": f'W/"{_VERSION}"',
        "Last-Modified": format_datetime(stored.created_at.astimezone(UTC), usegmt=True),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "attachment",
    }
    if not as_resource:
        return Answer(200, content, headers, stored.content_type if _MEDIA_TYPE.fullmatch(stored.content_type) else _UNKNOWN)
    resource = {
        "resourceType": "Binary",
        "id": stored.id,
        "meta": {"versionId": _VERSION, "lastUpdated": f"{stored.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"},
        "contentType": stored.content_type,
        "data": base64.b64encode(content).decode(),
    }
    return Answer(200, orjson.dumps(resource), headers, f"{FHIR_JSON}; charset=utf-8")
