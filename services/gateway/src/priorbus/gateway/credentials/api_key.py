"""The form of API keys (Conventions 3.3): checked without a database, stored as a digest."""

import hashlib
import re
import zlib
from typing import Literal

from priorbus.gateway.credentials import base62

Environment = Literal["test", "live"]

_CHECKSUM_LENGTH = 6
_FORM = re.compile(rf"pb_(test|live)_[0-9A-Za-z]{{{base62.SECRET_LENGTH + _CHECKSUM_LENGTH}}}", re.ASCII)
_SUFFIX = re.compile(r"-[A-Za-z]{2}[0-9]{1,2}\Z", re.ASCII)


def without_suffix(key: str) -> str:
    """The key as it is looked up: an optional `-` + two letters + one or two digits at the end does not count."""
    return _SUFFIX.sub("", key)


def checksum(head: str) -> str:
    """Six base-62 digits of the CRC-32 over everything before them."""
    return base62.encode(zlib.crc32(head.encode("ascii")), _CHECKSUM_LENGTH)


def mint(environment: Environment) -> str:
    """A new key. Shown once, never stored."""
    head = f"pb_{environment}_{base62.random_secret()}"
    return head + checksum(head)


def digest(secret: str) -> str:
    """What is stored of a key or token: lower-case hex SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def lookup_digest(presented: str, environment: Environment) -> str | None:
    """The digest to look up; None if this can not be a key of the environment."""
    key = without_suffix(presented)
    form = _FORM.fullmatch(key)
    if form is None or form[1] != environment or checksum(key[:-_CHECKSUM_LENGTH]) != key[-_CHECKSUM_LENGTH:]:
        return None
    return digest(key)
