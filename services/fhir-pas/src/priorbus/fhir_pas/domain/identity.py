"""Names that are the same whenever they are made again: UUIDs, numbers and instants in FHIR form."""

import hashlib
from datetime import UTC, datetime

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_LENGTH = 10


def uuid_of(*parts: str) -> str:
    """A UUID of version 4 form that depends only on the parts."""
    digest = bytearray(hashlib.sha256("\x00".join(parts).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x40
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def urn_of(*parts: str) -> str:
    """The same as a fullUrl."""
    return f"urn:uuid:{uuid_of(*parts)}"


def number_of(prefix: str, *parts: str) -> str:
    """A payer's number: the prefix and 10 characters of Crockford base32 that depend only on the parts (fhir-pas.md 8.3)."""
    bits = int.from_bytes(hashlib.sha256("\x00".join((prefix, *parts)).encode()).digest()[:7])
    return prefix + "".join(_CROCKFORD[bits >> 5 * place & 31] for place in range(_NUMBER_LENGTH))


def instant(moment: datetime) -> str:
    """A FHIR instant in UTC with six fraction digits (fhir-pas.md 3)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
