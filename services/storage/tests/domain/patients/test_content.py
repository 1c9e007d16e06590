"""What is found in the bytes, and what becomes of the name (patient-attachments.md 6.2, 6.3)."""

import hashlib

import pytest

from priorbus.storage.domain.patients.content import Content, ContentReading, shown_name, size_fault, sniffed_type


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\n\n%PDF-1.7", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n..", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF....WEBPVP8", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (bytes(128) + b"DICM", "application/dicom"),
        (b"PK\x03\x04", "application/zip"),
        (b"hello", None),
        (b"", None),
    ],
)
def test_what_the_first_bytes_say(head: bytes, kind: str | None) -> None:
    assert sniffed_type(head) == kind


@pytest.mark.parametrize(
    ("declared", "counts"),
    [
        ("text/plain", "text/plain"),
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
        ("", "application/octet-stream"),
        ("binary/octet-stream", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
        ("text/plain\r\nX-Evil: 1", "application/octet-stream"),
    ],
)
def test_the_declared_type_counts_where_the_bytes_say_nothing(declared: str, counts: str) -> None:
    reading = ContentReading()
    reading.feed(b"hello")
    assert reading.content(declared).content_type == counts


def test_patt_27_bytes_win_over_the_declared_type() -> None:
    reading = ContentReading()
    body = b"\x89PNG\r\n\x1a\n" + bytes(10_000)
    for start in range(0, len(body), 7):
        reading.feed(body[start : start + 7])
    assert reading.content("application/pdf") == Content(len(body), hashlib.sha256(body).hexdigest(), "image/png")


@pytest.mark.parametrize(
    ("uploaded", "shown"),
    [
        ("scan 1.pdf", "scan 1.pdf"),
        ("scan%201.pdf", "scan 1.pdf"),
        ("100%.pdf", "100%.pdf"),
        ("../../x.pdf", "x.pdf"),
        ("..%2F..%2Fx.pdf", "x.pdf"),
        ("C:\\docs\\x.pdf", "x.pdf"),
        ('a"b\n.pdf', 'a"b.pdf'),
        ("a%22b%0A.pdf", 'a"b.pdf'),
        ("röntgen\u202efdp.exe", "röntgenfdp.exe"),
        ("\x01\x02", "document"),
        ("..", "document"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("x" * 300, "x" * 255),
        ("x." + "y" * 300, "x." + "y" * 253),
    ],
)
def test_patt_28_names(uploaded: str, shown: str) -> None:
    assert shown_name(uploaded) == shown


def test_sizes() -> None:
    assert [size_fault(size, 10) for size in (0, 1, 10, 11)] == ["object_empty", None, None, "object_too_large"]
