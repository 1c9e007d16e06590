"""Reads an `upload_url` without ever contacting what it names: checks 1 to 4 (patient-attachments.md 5)."""

import re
from typing import Literal
from urllib.parse import unquote

from priorbus.storage.domain.patients.keys import UploadKey, upload_key

UrlFault = Literal["url_malformed", "foreign_host", "key_mismatch"]
MAX_LENGTH = 2048
_URL = re.compile(r"(https?)://([^/?#@]+)(/[^?#]*)", re.DOTALL | re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NOT_A_SEGMENT = frozenset({"", ".", ".."})


def read_upload_url(text: str, bucket_url: str) -> tuple[UploadKey, ...] | UrlFault:
    """The keys that the URL may mean, the literal one first; they differ where a file name holds percent signs.

    `bucket_url` is the address of the bucket as clients see it.
    """
    given, bucket = _split(text), _split(bucket_url + "/")
    if given is None or bucket is None or len(text) > MAX_LENGTH:
        return "url_malformed"
    if given[0] == "http" and bucket[0] != "http":
        return "url_malformed"
    if given[1] != bucket[1] or not given[2].startswith(bucket[2]):
        return "foreign_host"
    literal = given[2].removeprefix(bucket[2])
    decoded = percent_decoded(literal)
    if any(segment in _NOT_A_SEGMENT for segment in decoded.split("/")) or "\x00" in decoded or "\\" in decoded:
        return "url_malformed"
    return tuple(key for key in map(upload_key, dict.fromkeys((literal, decoded))) if key is not None) or "key_mismatch"


def percent_decoded(text: str) -> str:
    """The text decoded once; what is no valid percent sequence stays as it is."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _split(url: str) -> tuple[str, tuple[str, int], str] | None:
    """Scheme, host with port, and path; None for anything with user info, query or fragment."""
    parts = _URL.fullmatch(url)
    authority = _AUTHORITY.fullmatch(parts[2]) if parts else None
    if parts is None or authority is None:
        return None
    scheme = parts[1].lower()
    return scheme, (authority[1].lower(), int(authority[2] or _DEFAULT_PORTS[scheme])), parts[3]
