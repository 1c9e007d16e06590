import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priorbus.storage.domain.file_names import MAX_BYTES, extension, sanitised

any_text = st.text(st.characters(codec=None), max_size=300)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/x.pdf", "x.pdf"),
        (r"C:\tmp\x.pdf", "x.pdf"),
        ("..", None),
        (".", None),
        ("", None),
        ("dir/", None),
        ("  ", None),
        ("a\x00b\x1f\x7f.pdf", "ab.pdf"),
        ("a\nb\r.pdf", "ab.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\ud800.pdf", "a.pdf"),
        ("Zoë 診療.pdf", "Zoë 診療.pdf"),
        ("x" * 255, "x" * 255),
        ("x" * 256, None),
        ("é" * 128, None),
        ("d/" * 200 + "x.pdf", "x.pdf"),
        (".pdf", ".pdf"),
    ],
)
def test_a3_sanitised(given_name: str, kept: str | None) -> None:
    assert sanitised(given_name) == kept


@given(any_text)
def test_what_is_kept_is_a_safe_name(name: str) -> None:
    kept = sanitised(name)
    if kept is not None:
        assert 1 <= len(kept.encode()) <= MAX_BYTES
        assert kept not in (".", "..")
        assert not set(kept) & set("/\\")
        assert not any(unicodedata.category(character) == "Cc" for character in kept)


@given(any_text)
def test_sanitising_twice_changes_nothing(name: str) -> None:
    kept = sanitised(name)
    assert kept is None or sanitised(kept) == kept


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.PDF", "pdf"), ("a.b.pdf", "pdf"), ("note", None), (".pdf", None), ("scan.v2", "v2"), ("a.", None), ("..pdf", "pdf")],
)
def test_extension(name: str, text: str | None) -> None:
    assert extension(name) == text
