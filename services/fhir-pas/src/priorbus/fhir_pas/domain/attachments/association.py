"""Attachments become stored resources, and supportingInfo of the Claim (fhir-pas.md 16, steps 4 and 5)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from priorbus.contracts.documents import Document
from priorbus.fhir_pas.domain.attachments.request import Attachment, inline_attachments
from priorbus.fhir_pas.domain.attachments.submission import HeldAttachment
from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_bundle.elements import concept, given
from priorbus.fhir_pas.domain.codes import TEMP_CODES, extension, x12
from priorbus.fhir_pas.domain.fhir_json import Resource, parse
from priorbus.fhir_pas.domain.identity import uuid_of
from priorbus.fhir_pas.domain.identity_map import wanted_key
from priorbus.fhir_pas.domain.resources import StoredResource, next_version

_OTHER_REPORT = "77"
_PWK01 = x12(755)


def wanted_keys(attachments: Iterable[Attachment], base: Base) -> tuple[str, ...]:
    """The `Type/id` that the contents would like to have; on `/pas` the server gives every id."""
    if base.release != "seed":
        return ()
    return tuple(key for key in (wanted_key(one.content) for one in attachments) if key)


def content_key(attachment: Attachment, position: int, seed: str, known: Mapping[str, StoredResource | None], client: str) -> str:
    """`Type/id` of one content: its own id where `known` lets it have that, else a new one that depends only on the request."""
    wanted = wanted_key(attachment.content)
    if wanted is not None and wanted in known:
        holder = known[wanted]
        if holder is None or holder.client == client:
            return wanted
    return f"{attachment.content['resourceType']}/{uuid_of('attachment', seed, str(position))}"


def stored_content(attachment: Attachment, key: str, documents: Mapping[str, Document], public_base: str) -> Resource:
    """The resource as it is stored: base64 replaced by a url (step 3). `documents` are by JSON Pointer of the attachment."""
    content = with_urls(attachment.content, attachment.pointer, documents, public_base)
    return {**content, "id": key.partition("/")[2]}


def with_urls(content: Resource, pointer: str, documents: Mapping[str, Document], public_base: str) -> Resource:
    """The resource at this JSON Pointer of its request, each of the documents replaced by its url (fhir-pas.md 17)."""
    if not any(one.startswith(f"{pointer}/") for one in documents):
        return content
    copied: Resource = _copied(content)
    for one, place in inline_attachments(copied, pointer):
        document = documents.get(place)
        if document is not None:
            del one["data"]
            one["url"] = f"{public_base}/fhir/Binary/{document.id}"
            one["size"] = document.size_bytes
            one.setdefault("hash", document.sha1)
    return copied


def associated(claim: StoredResource, held: Iterable[HeldAttachment], base: Base, now: datetime) -> StoredResource:
    """The Claim's next version with an entry of supportingInfo for each attachment."""
    content = parse(claim.content)
    infos = list(content.get("supportingInfo", ()))
    sequence = max((info["sequence"] for info in infos), default=0)
    for one in held:
        sequence += 1
        code = parse_concept(one.code)
        infos.append(
            given(
                extension=[_document_information(code)] if base.release != "seed" else [],
                sequence=sequence,
                category=concept(TEMP_CODES, "additionalInformation"),
                code=code,
                valueReference={"reference": f"{one.resource.type}/{one.resource.id}"},
            )
        )
    return next_version(claim, {**content, "supportingInfo": infos}, claim.client, now)


def parse_concept(text: bytes | None) -> Resource | None:
    """A CodeableConcept that was kept as JSON."""
    if text is None:
        return None
    wrapped = parse(b'{"resourceType":"Basic","code":' + text + b"}")
    code: Resource = wrapped["code"]
    return code


def _document_information(code: Resource | None) -> Resource:
    codings = (code or {}).get("coding", ())
    kind = next((coding["code"] for coding in codings if coding.get("system") == _PWK01 and "code" in coding), _OTHER_REPORT)
    part = {"url": "reportTypeCode", "valueCodeableConcept": concept(_PWK01, kind)}
    return {"url": extension("documentInformation"), "extension": [part]}


def _copied(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _copied(value) for name, value in node.items()}
    return [_copied(value) for value in node] if isinstance(node, list) else node
