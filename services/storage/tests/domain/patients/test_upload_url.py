"""Checks 1 to 4 of an `upload_url` (patient-attachments.md 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priorbus.storage.domain.patients.keys import UploadKey
from priorbus.storage.domain.patients.upload_url import read_upload_url

BUCKET = "https://files.example.org/priorbus"
PREFIX = "t_acme/patients/9007199254740993/attachments/temp/0a1b/"


def keys(path: str, bucket: str = BUCKET) -> list[str]:
    found = read_upload_url(f"{bucket}/{path}", bucket)
    assert not isinstance(found, str), found
    return [key.key for key in found]


def test_the_parts_of_a_key() -> None:
    found = read_upload_url(f"{BUCKET}/{PREFIX}scan.pdf", BUCKET)
    assert not isinstance(found, str)
    (key,) = found
    assert key == UploadKey(PREFIX + "scan.pdf", "t_acme", "9007199254740993", "0a1b", "scan.pdf")
    assert key.belongs_to("t_acme", 9007199254740993)
    assert not key.belongs_to("t_acme", 9007199254740992)
    assert not key.belongs_to("t_borealis", 9007199254740993)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("scan 1.pdf", ["scan 1.pdf"]),
        ("scan%201.pdf", ["scan%201.pdf", "scan 1.pdf"]),
        ("100%.pdf", ["100%.pdf"]),
        ("100%25.pdf", ["100%25.pdf", "100%.pdf"]),
        ("a+b.pdf", ["a+b.pdf"]),
        ("r%C3%B6ntgen.pdf", ["r%C3%B6ntgen.pdf", "röntgen.pdf"]),
        ("röntgen.pdf", ["röntgen.pdf"]),
        ("%FF.pdf", ["%FF.pdf"]),
        ("%23.pdf", ["%23.pdf", "#.pdf"]),
        ("a\nb.pdf", ["a\nb.pdf"]),
        ("a%2Fb.pdf", ["a%2Fb.pdf"]),
    ],
)
def test_literal_and_decoded_keys_are_both_meant(written: str, meant: list[str]) -> None:
    assert keys(PREFIX + written) == [PREFIX + name for name in meant]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "files.example.org/priorbus/x",
        "ftp://files.example.org/priorbus/x",
        f"http://files.example.org/priorbus/{PREFIX}x",
        f"https://me@files.example.org/priorbus/{PREFIX}x",
        f"https://me:pw@files.example.org/priorbus/{PREFIX}x",
        f"{BUCKET}/{PREFIX}x?a=b",
        f"{BUCKET}/{PREFIX}x#a",
        f" {BUCKET}/{PREFIX}x",
        f"{BUCKET}/{PREFIX}{'x' * 2048}",
        f"{BUCKET}/{PREFIX}../x",
        f"{BUCKET}/{PREFIX}%2e%2e/x",
        f"{BUCKET}/{PREFIX}%2e%2e%2fx",
        f"{BUCKET}/./{PREFIX}x",
        f"{BUCKET}/{PREFIX}/x",
        f"{BUCKET}//{PREFIX}x",
        f"{BUCKET}/{PREFIX}",
        f"{BUCKET}/{PREFIX}a\\b",
        f"{BUCKET}/{PREFIX}a%5Cb",
        f"{BUCKET}/{PREFIX}a%00b",
        f"{BUCKET}/{PREFIX}a\x00b",
    ],
)
def test_patt_12_14_malformed(url: str) -> None:
    assert read_upload_url(url, BUCKET) == "url_malformed"


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/priorbus/",
        "https://files.example.org.evil.example/priorbus/",
        "https://evilfiles.example.org/priorbus/",
        "https://files.example.org:444/priorbus/",
        "https://files.example.org/other/",
        "https://files.example.org/priorbus2/",
        "https://files.example.org/PRIORBUS/",
        "https://files.example.org/",
        "https://files.example.org/other/../priorbus/",
        "https://files.example.org./priorbus/",
    ],
)
def test_patt_13_foreign_hosts_and_buckets(place: str) -> None:
    assert read_upload_url(f"{place}{PREFIX}x", BUCKET) == "foreign_host"


@pytest.mark.parametrize("same", ["https://files.example.org:443/priorbus/", "HTTPS://FILES.example.org/priorbus/"])
def test_the_same_address_written_otherwise(same: str) -> None:
    assert read_upload_url(f"{same}{PREFIX}x", BUCKET) == read_upload_url(f"{BUCKET}/{PREFIX}x", BUCKET)


@pytest.mark.parametrize(
    "path",
    [
        "x.pdf",
        "files/t_acme/file_1",
        "patient-attachments/t_acme/5",
        f"{PREFIX}a/b.pdf",
        "t_acme/patients/5/attachments/perm/0a1b/x",
        f"x/{PREFIX}x",
    ],
)
def test_patt_15_keys_of_another_shape(path: str) -> None:
    assert read_upload_url(f"{BUCKET}/{path}", BUCKET) == "key_mismatch"


def test_a_test_deployment_without_tls_and_a_bucket_in_the_host_name() -> None:
    assert keys(PREFIX + "x", "http://127.0.0.1:8333/priorbus") == [PREFIX + "x"]
    assert keys(PREFIX + "x", "https://priorbus.files.example.org") == [PREFIX + "x"]
    assert read_upload_url(f"https://files.example.org/priorbus/{PREFIX}x", "https://priorbus.files.example.org") == "foreign_host"


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    for url in (text, f"{BUCKET}/{text}", f"{BUCKET}/{PREFIX}{text}"):
        found = read_upload_url(url, BUCKET)
        assert found in ("url_malformed", "foreign_host", "key_mismatch") or all(isinstance(key, UploadKey) for key in found)
