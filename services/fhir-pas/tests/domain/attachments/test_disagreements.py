from datetime import UTC, datetime

import pytest

from priorbus.contracts.documents import Document
from priorbus.fhir_pas.domain.attachments.disagreements import disagreements

POINTER = "/parameter/0/part/0/resource"


@pytest.mark.parametrize(
    ("said", "warnings"),
    [
        ({"contentType": "application/pdf", "hash": "c2hhMQ=="}, 0),
        ({"contentType": "Application/PDF; version=1.7"}, 0),
        ({}, 0),
        ({"contentType": "text/plain"}, 1),
        ({"contentType": "text/plain", "hash": "b3RoZXI="}, 2),
    ],
)
def test_what_the_client_says_is_compared_with_the_bytes(said: dict[str, str], warnings: int) -> None:
    document = Document(
        id="d",
        client="ehr1",
        content_type="text/plain",
        detected_type="application/pdf",
        size_bytes=4,
        sha256="",
        sha1="c2hhMQ==",
        storage_key="k",
        created_at=datetime(2026, 1, 5, tzinfo=UTC),
    )
    content = {"resourceType": "DocumentReference", "content": [{"attachment": said}]}
    found = list(disagreements([(content, POINTER)], {f"{POINTER}/content/0/attachment": document}))
    expected = ("warning", "Parameters.parameter[0].part[0].resource.content[0].attachment")
    assert [(issue.severity, issue.expression) for issue in found] == [expected] * warnings
