from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from priorbus.contracts.errors import ERRORS, SECOND_LEVEL
from priorbus.contracts.replies import Refusal
from priorbus.storage.domain.files import UPLOAD_EXPIRED, Description, created, describe, event, failed, ready
from priorbus.storage.domain.inspection import Accepted
from priorbus.storage.domain.keys import document_key, final_key, owner_of, quarantine_key

NOW = datetime(2026, 5, 5, tzinfo=UTC)
MAX = 26_214_400


def described(**named: Any) -> Description | Refusal:
    values = {"file_name": "note", "content_type": "application/pdf", "purpose": "authorization_attachment", "declared_size": None} | named
    return describe(**values, max_bytes=MAX)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.PDF", "application/pdf"),
        ("a.jpeg", "image/jpeg"),
        ("a.jpg", "image/jpeg"),
        ("note", "application/pdf"),
        (".pdf", "image/png"),
        ("a.b.pdf", "application/pdf"),
    ],
)
def test_a2_names_that_fit(name: str, content_type: str) -> None:
    assert described(file_name=name, content_type=content_type) == Description(name, content_type, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "content_type"), [("a.png", "image/jpeg"), ("scan.v2", "application/pdf"), ("a.pdf", "image/png")])
def test_a2_names_that_do_not_fit(name: str, content_type: str) -> None:
    assert described(file_name=name, content_type=content_type) == Refusal(code="file_extension_mismatch")


@pytest.mark.parametrize(
    ("values", "field"), [({"file_name": ".."}, "/fileName"), ({"purpose": "other"}, "/purpose"), ({"declared_size": -1}, "/sizeBytes")]
)
def test_bad_shapes(values: dict[str, Any], field: str) -> None:
    refusal = described(**values)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "bad_request"
    assert [issue.field for issue in refusal.issues] == [field]
    assert {issue.code for issue in refusal.issues} <= set(SECOND_LEVEL["request"])


def test_every_bad_shape_is_told_at_once() -> None:
    refusal = described(file_name="", purpose="", declared_size=-5, content_type="x")
    assert isinstance(refusal, Refusal)
    assert [issue.field for issue in refusal.issues] == ["/fileName", "/purpose", "/sizeBytes"]


def test_unknown_type_and_declared_size() -> None:
    assert described(content_type="text/plain") == Refusal(code="unsupported_content_type")
    assert isinstance(described(declared_size=MAX), Description)
    assert described(declared_size=MAX + 1) == Refusal(code="file_too_large", details={"maxBytes": MAX, "actualBytes": MAX + 1})


def test_versions_and_events() -> None:
    waiting = created(
        "file_1", "t_a", Description("x.pdf", "application/pdf", None), key="q", now=NOW, upload_expires_at=NOW + timedelta(hours=1)
    )
    assert event(waiting, "created", NOW, actor="customer").data == {"id": "file_1", "status": "pending_upload"}
    done = ready(waiting, Accepted(5, "ab", ("pdf_encrypted",)), NOW)
    assert (done.version, done.status, done.storage_key, done.completed_at) == (2, "ready", "files/t_a/file_1", NOW)
    assert (event(done, "ready", NOW, actor="customer").sequence, done.warnings) == (2, ("pdf_encrypted",))
    lost = failed(waiting, UPLOAD_EXPIRED)
    assert event(lost, "failed", NOW, actor="system").data == {"id": "file_1", "status": "failed", "failureCode": "upload_expired"}


@pytest.mark.parametrize("code", ["upload_expired", "file_empty", "file_too_large", "file_content_mismatch"])
def test_failures_are_registered_and_explained(code: str) -> None:
    waiting = created("file_1", "t_a", Description("x.pdf", "application/pdf", None), key="q", now=NOW, upload_expires_at=NOW)
    failure = failed(waiting, code).failure
    assert code in SECOND_LEVEL["failure"]
    assert failure is not None
    assert failure.message == (ERRORS[code].message if code in ERRORS else "The file was not uploaded in time.")


def test_keys() -> None:
    assert final_key("t_a", "file_1") == "files/t_a/file_1"
    assert owner_of(final_key("t_a", "file_1")) == ("t_a", "file_1")
    assert owner_of(quarantine_key("t_a", "file_1", "ff")) == ("t_a", "file_1")
    assert owner_of(document_key("t_a", "doc-1", "ff")) == ("t_a", "doc-1")
    assert [owner_of(key) for key in ("quarantine/stray", "files/t_a/file_1/x", "documents/t_a", "raw/t_a/x")] == [None] * 4
