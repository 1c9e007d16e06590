"""The signed assertion by which a client proves who it is: https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from priorbus.gateway.oauth.key_sets import VerificationKey

ALGORITHMS: Mapping[str, str] = {"RS384": "RSA", "ES384": "EC"}
"""The accepted signature algorithms with the key type of each."""
LONGEST_LIFE = timedelta(minutes=5)
_SKEW = timedelta(seconds=5)
_LONGEST_ASSERTION, _LONGEST_ID = 16 * 1024, 255


class InvalidAssertion(Exception):
    """The client is not who it says, or can not prove it; the text names the check."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A well-formed assertion whose signature was not checked yet."""

    text: str
    algorithm: str
    kid: str
    jku: str | None
    client_id: str
    jti: str
    expires_at: datetime


def read_assertion(text: str, audience: str, now: datetime) -> Assertion:
    """Header and claims, checked. Raises InvalidAssertion."""
    if len(text) > _LONGEST_ASSERTION:
        raise InvalidAssertion("length")
    try:
        parsed = jws.extract_compact(text.encode("ascii"))
        header, claims = parsed.headers(), orjson.loads(parsed.payload)
    except (JoseError, ValueError):
        raise InvalidAssertion("form") from None
    if not isinstance(claims, dict):
        raise InvalidAssertion("form")
    algorithm, kid = _header(header)
    client_id, jti = _text(claims, "iss"), _text(claims, "jti")
    if claims.get("sub") != client_id:
        raise InvalidAssertion("sub")
    if claims.get("aud") not in (audience, [audience]):
        raise InvalidAssertion("aud")
    return Assertion(text, algorithm, kid, header.get("jku"), client_id, jti, _expiry(claims, now))


def verify(assertion: Assertion, keys: Sequence[VerificationKey]) -> None:
    """Exactly one key fits, and it made the signature. Raises InvalidAssertion."""
    fitting = [key for key in keys if key.kid == assertion.kid and key.key_type == ALGORITHMS[assertion.algorithm]]
    if len(fitting) != 1:
        raise InvalidAssertion("kid")
    try:
        jws.deserialize_compact(assertion.text, fitting[0], algorithms=[assertion.algorithm])
    except (JoseError, ValueError):
        raise InvalidAssertion("signature") from None


def _header(header: Mapping[str, Any]) -> tuple[str, str]:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise InvalidAssertion("alg")
    if str(header.get("typ", "")).upper() != "JWT":
        raise InvalidAssertion("typ")
    if "crit" in header:
        raise InvalidAssertion("crit")
    return algorithm, _text(header, "kid")


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise InvalidAssertion(name)
    return value


def _expiry(claims: Mapping[str, Any], now: datetime) -> datetime:
    end, begin = _moment(claims, "exp", None), _moment(claims, "nbf", 0)
    if not now < end <= now + LONGEST_LIFE + _SKEW:
        raise InvalidAssertion("exp")
    if begin > now + _SKEW:
        raise InvalidAssertion("nbf")
    return end


def _moment(claims: Mapping[str, Any], name: str, default: float | None) -> datetime:
    value = claims.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidAssertion(name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidAssertion(name) from None
