"""What supports the request: the answers as QuestionnaireResponse, each attachment as DocumentReference."""

from collections.abc import Iterator
from dataclasses import dataclass

from priorbus.contracts.authorizations import Answers, Attachment, Authorization, Scalar
from priorbus.fhir_pas.domain.claim_bundle.elements import concept, given, identifier, reference
from priorbus.fhir_pas.domain.claim_bundle.mapping import REPORT_TYPES, SUPPORT_DATA, document_coding
from priorbus.fhir_pas.domain.claim_bundle.urls import file_url, part_url
from priorbus.fhir_pas.domain.codes import profile
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import instant

_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"


@dataclass(frozen=True, slots=True)
class Document:
    """One supporting resource, its fullUrl and its report type (X12 755)."""

    full_url: str
    report_type: str
    resource: Resource


def documents(authorization: Authorization, public_base: str) -> Iterator[Document]:
    """The answers first, then the attachments in their order."""
    url = part_url(authorization.id, "answers")
    yield Document(url, SUPPORT_DATA, _questionnaire_response(authorization, public_base))
    for attachment in authorization.attachments:
        url = part_url(authorization.id, f"attachment/{attachment.id}")
        report_type = next((REPORT_TYPES[kind] for kind in attachment.document_types if kind in REPORT_TYPES), SUPPORT_DATA)
        yield Document(url, report_type, _document_reference(authorization, attachment, public_base))


def _questionnaire_response(authorization: Authorization, public_base: str) -> Resource:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{public_base}/questionnaires/{authorization.template_id}|{authorization.template_version}",
        "status": "completed",
        "subject": reference(part_url(authorization.id, "patient")),
        "authored": instant(authorization.updated_at),
        "item": list(_items(authorization.answers)),
    }


def _items(answers: Answers) -> Iterator[Resource]:
    for link_id, values in answers.items():
        flat = [value for value in values if not isinstance(value, dict)]
        if flat:
            yield {"linkId": link_id, "answer": [_answer(value) for value in flat]}
        for occurrence in (value for value in values if isinstance(value, dict)):
            leaves = ((f"{link_id}.{name}", inner) for name, inner in occurrence.items() if inner)
            yield {
                "linkId": link_id,
                "item": [{"linkId": leaf, "answer": [_answer(value) for value in inner]} for leaf, inner in leaves],
            }


def _answer(value: Scalar) -> Resource:
    return {"valueBoolean": value} if isinstance(value, bool) else {"valueString": value}


def _document_reference(authorization: Authorization, attachment: Attachment, public_base: str) -> Resource:
    """The bytes stay in the object store: the resource names the file and its hash, whoever sends it to a payer puts the data in."""
    kind = attachment.document_types[0] if attachment.document_types else "other"
    return {
        "resourceType": "DocumentReference",
        "meta": {"profile": [profile("documentreference")]},
        "identifier": [
            identifier(f"{public_base}/identifiers/file", attachment.file_id),
            identifier(f"{public_base}/identifiers/sha256", attachment.checksum_sha256),
        ],
        "status": "current",
        "type": {**concept(*document_coding(kind)), "text": kind},
        "category": [concept(_CATEGORY, "clinical-note")],
        "subject": reference(part_url(authorization.id, "patient")),
        "date": instant(attachment.created_at),
        "content": [
            {
                "attachment": given(
                    contentType=attachment.content_type,
                    url=file_url(public_base, attachment.file_id),
                    size=attachment.size_bytes,
                    title=attachment.label,
                )
            }
        ],
    }
