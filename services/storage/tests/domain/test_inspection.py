import hashlib
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priorbus.contracts.files import ContentType
from priorbus.storage.domain.inspection import Accepted, Inspection, Rejected, Verdict

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
MAX = 4096

bodies = st.one_of(
    st.binary(max_size=200),
    st.builds(
        bytes.__add__, st.sampled_from([PNG, JPEG, b"%PDF-1.7", b"%PDF-1.7 /Encrypt", b"x" * 1020 + b"%PDF-"]), st.binary(max_size=5000)
    ),
)


def inspected(body: bytes, content_type: ContentType = "application/pdf", *, step: int = 65536, max_bytes: int = MAX) -> Verdict:
    inspection = Inspection(content_type, max_bytes)
    for start in range(0, len(body), step):
        inspection.feed(body[start : start + step])
    return inspection.verdict()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"%PDF-1.7", "application/pdf"), (b"x" * 1019 + b"%PDF-", "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png")],
)
def test_bytes_of_the_declared_type(body: bytes, content_type: ContentType) -> None:
    assert inspected(body, content_type) == Accepted(len(body), hashlib.sha256(body).hexdigest())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PNG, "application/pdf"),
        (b"x" * 1020 + b"%PDF-", "application/pdf"),
        (b"%PDF-", "image/png"),
        (PNG[:7], "image/png"),
        (b" " + JPEG, "image/jpeg"),
    ],
)
def test_bytes_of_another_type(body: bytes, content_type: ContentType) -> None:
    assert inspected(body, content_type) == Rejected("file_content_mismatch")


def test_empty() -> None:
    assert inspected(b"") == Rejected("file_empty")


def test_the_limit_itself_is_fine_and_one_more_is_not() -> None:
    assert isinstance(inspected(b"%PDF-" + bytes(5), max_bytes=10), Accepted)
    assert inspected(b"%PDF-" + bytes(6), max_bytes=10) == Rejected("file_too_large", {"maxBytes": 10, "actualBytes": 11})


def test_size_is_judged_before_content() -> None:
    assert inspected(bytes(11), max_bytes=10) == Rejected("file_too_large", {"maxBytes": 10, "actualBytes": 11})


def test_an_encrypted_pdf_is_taken_with_a_warning() -> None:
    verdict = inspected(b"%PDF-1.7 trailer << /Encrypt 5 0 R >>")
    assert isinstance(verdict, Accepted)
    assert verdict.warnings == ("pdf_encrypted",)
    assert inspected(PNG + b"/Encrypt", "image/png") == Accepted(16, hashlib.sha256(PNG + b"/Encrypt").hexdigest())


@given(bodies, st.sampled_from(get_args(ContentType)), st.integers(1, 1500))
def test_how_the_bytes_are_cut_does_not_matter(body: bytes, content_type: ContentType, step: int) -> None:
    assert inspected(body, content_type, step=step) == inspected(body, content_type)
