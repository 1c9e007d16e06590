from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from priorbus.gateway.oauth.assertions import InvalidAssertion, read_assertion, verify
from priorbus.gateway.oauth.key_sets import BadKeySet, read_key_set

AUDIENCE = "https://pas.example.test/auth/token"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EC = ECKey.generate_key("P-384", {"kid": "ec-1"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
PUBLIC = {"keys": [EC.as_dict(private=False), RSA.as_dict(private=False)]}


def claims(**changes: Any) -> dict[str, Any]:
    good = {"iss": "ehr1", "sub": "ehr1", "aud": AUDIENCE, "jti": "one", "exp": int((NOW + timedelta(minutes=4)).timestamp())}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(key: Any = EC, alg: str = "ES384", *, header: dict[str, Any] | None = None, **changes: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid or "oct", "typ": "JWT", **(header or {})}, claims(**changes), key, algorithms=[alg])


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES384"), (RSA, "RS384")])
def test_a_good_assertion(key: Any, alg: str) -> None:
    assertion = read_assertion(signed(key, alg), AUDIENCE, NOW)
    verify(assertion, read_key_set(PUBLIC))
    assert (assertion.client_id, assertion.jti) == ("ehr1", "one")


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"exp": int((NOW + timedelta(minutes=10)).timestamp())}, "exp"),
        ({"exp": int(NOW.timestamp())}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": 10**30}, "exp"),
        ({"nbf": int((NOW + timedelta(minutes=1)).timestamp())}, "nbf"),
        ({"aud": "https://other.example.test/auth/token"}, "aud"),
        ({"aud": [AUDIENCE, "https://other.example.test"]}, "aud"),
        ({"sub": "ehr2"}, "sub"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"iss": None}, "iss"),
    ],
)
def test_claims(change: dict[str, Any], check: str) -> None:
    with pytest.raises(InvalidAssertion, match=f"^{check}$"):
        read_assertion(signed(**change), AUDIENCE, NOW)


def test_symmetric_algorithms_are_refused() -> None:
    secret = OctKey.generate_key(384, {"kid": "oct"})
    with pytest.raises(InvalidAssertion, match=r"^alg$"):
        read_assertion(signed(secret, "HS384"), AUDIENCE, NOW)


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.e30.", "\N{SNOWMAN}", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_assertion(text: str) -> None:
    with pytest.raises(InvalidAssertion):
        read_assertion(text, AUDIENCE, NOW)


def test_a_key_of_another_type_or_two_keys_do_not_fit() -> None:
    assertion = read_assertion(signed(), AUDIENCE, NOW)
    twice = [*read_key_set(PUBLIC), *read_key_set(PUBLIC)]
    stranger = ECKey.generate_key("P-384", {"kid": "ec-1"})
    for keys in ((), (RSA,), twice, (stranger,)):
        with pytest.raises(InvalidAssertion):
            verify(assertion, keys)


def test_private_and_weak_keys_are_refused() -> None:
    with pytest.raises(BadKeySet):
        read_key_set({"keys": [EC.as_dict(private=True)]})
    with pytest.raises(BadKeySet):
        read_key_set({"key": []})
    p256 = ECKey.generate_key("P-256", {"kid": "small"}).as_dict(private=False)
    assert read_key_set({"keys": [p256]}) == ()
