"""Signatures made here with a certificate of the test's own; the official examples were edited after they had been signed."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from priorbus.fhir_pas.domain.attachments.canonical_json import canonical_json
from priorbus.fhir_pas.domain.attachments.signatures import signature_issue

NPI, WHEN = "1234567893", "2026-01-05T09:00:00Z"
TYPE = "1.2.840.10065.1.12.1.5"
QUESTIONS = {
    "resourceType": "QuestionnaireResponse",
    "id": "q",
    "meta": {"versionId": "1"},
    "status": "completed",
    "item": [{"linkId": "1"}],
}
DOCUMENT = {"resourceType": "Bundle", "id": "b", "type": "document", "entry": [{"resource": {"resourceType": "Patient"}}]}
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Change = Callable[[dict[str, Any], dict[str, Any]], None]


def certificate(key: Private, npi: str = NPI, days: int = 30) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Signer")])
    at = datetime(2026, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at)
        .not_valid_after(at + timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"http://hl7.org/fhir/sid/us-npi|{npi}")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(built.public_bytes(Encoding.DER)).decode()


def signed(
    content: dict[str, Any], key: Private, *, detached: bool = True, npi: str = NPI, days: int = 30, **header: Any
) -> dict[str, Any]:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    algorithm, own = ("RS256", RSAKey.import_key(pem)) if isinstance(key, rsa.RSAPrivateKey) else ("ES256", ECKey.import_key(pem))
    commitment = [{"commId": {"id": f"urn:oid:{TYPE}", "desc": "Verification Signature"}}]
    headers = {"alg": algorithm, "x5c": [certificate(key, npi, days)], "sigT": WHEN, "srCms": commitment, **header}
    payload = canonical_json({name: value for name, value in content.items() if name not in {"id", "meta"}})
    text = jws.serialize_compact(headers, payload, own, registry=jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False))
    head, body, tail = text.split(".")
    signature = {
        "type": [{"system": "urn:iso-astm:E1762-95:2013", "code": TYPE}],
        "when": WHEN,
        "who": {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": NPI}},
        "sigFormat": "application/jose",
        "data": base64.b64encode(f"{head}.{'' if detached else body}.{tail}".encode()).decode(),
    }
    return with_signature(content, signature)


def with_signature(content: dict[str, Any], signature: dict[str, Any]) -> dict[str, Any]:
    if content["resourceType"] == "Bundle":
        return {**content, "signature": signature}
    url = "http://hl7.org/fhir/StructureDefinition/questionnaireresponse-signature"
    return {**content, "extension": [{"url": url, "valueSignature": signature}]}


@pytest.fixture(scope="module")
def key() -> Private:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("content", [QUESTIONS, DOCUMENT])
@pytest.mark.parametrize("detached", [True, False])
def test_a_good_signature(key: Private, content: dict[str, Any], detached: bool) -> None:
    assert signature_issue([signed(content, key, detached=detached)], "required") is None


def test_an_elliptic_key() -> None:
    assert signature_issue([signed(QUESTIONS, ec.generate_private_key(ec.SECP256R1()))], "required") is None


def test_what_the_server_sets_is_not_signed(key: Private) -> None:
    assert signature_issue([{**signed(QUESTIONS, key), "id": "other", "meta": {"versionId": "2"}}], "verify") is None


@pytest.mark.parametrize(
    "content",
    [QUESTIONS, DOCUMENT, {"resourceType": "DocumentReference"}, with_signature(DOCUMENT, {"sigFormat": "image/jpg", "data": "/9j/4AAQ"})],
)
def test_without_a_digital_signature(content: dict[str, Any]) -> None:
    assert signature_issue([content], "ignore") is None
    assert signature_issue([content], "verify") is None
    issue = signature_issue([content], "required")
    assert issue is not None
    assert issue.code == "security"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"npi": "1999999999"}, "not the signer's"),
        ({"days": 2}, "not valid then"),
        ({"sigT": "2026-01-06T09:00:00Z"}, "sigT is not"),
        ({"sigT": "soon"}, "sigT is no moment"),
        ({"srCms": []}, "srCms"),
        ({"x5c": []}, "x5c is missing"),
        ({"x5c": ["AAAA"]}, "do not hold"),
    ],
)
def test_a_signature_that_proves_nothing(key: Private, options: dict[str, Any], said: str) -> None:
    issue = signature_issue([signed(QUESTIONS, key, **options)], "verify")
    assert issue is not None
    assert said in issue.diagnostics


def test_another_key_than_that_of_the_certificate(key: Private) -> None:
    stolen = certificate(rsa.generate_private_key(65537, 2048))
    assert signature_issue([signed(QUESTIONS, key, x5c=[stolen])], "verify") is not None


@pytest.mark.parametrize("detached", [True, False])
def test_content_that_was_changed(key: Private, detached: bool) -> None:
    changed = {**signed(QUESTIONS, key, detached=detached), "status": "amended"}
    assert signature_issue([changed], "verify") is not None


@pytest.mark.parametrize("data", ["not base64!", "eA==", base64.b64encode(b"a.b.c").decode(), base64.b64encode(b"e30..").decode()])
def test_data_that_is_no_jws(data: str) -> None:
    assert signature_issue([with_signature(DOCUMENT, {"data": data})], "verify") is not None
