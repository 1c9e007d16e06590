"""Digital signatures of attachments: JWS over a Bundle or QuestionnaireResponse (CDex; profiles document, section 15).

Signed is the RFC 8785 form of the resource without `id`, `meta` and the signature itself; the JWS is detached or holds it. A signature
that is a picture (`sigFormat` image/*) is no digital one.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.registry import HeaderParameter

from priorbus.fhir_pas.domain.attachments.canonical_json import canonical_json
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.terms import Signatures

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384")
_EXTENSION = "http://hl7.org/fhir/StructureDefinition/questionnaireresponse-signature"
_HEADERS = {"sigT": HeaderParameter("Signing time", "str")}
_PARTS = 3


class _Registry(jws.JWSRegistry):
    """Headers hold certificates, payloads whole documents."""

    max_header_length = 64 * 1024
    max_payload_length = 64 * 1024 * 1024
    max_signature_length = 8 * 1024


_REGISTRY = _Registry(header_registry=_HEADERS, algorithms=list(ALGORITHMS), strict_check_header=False)


class InvalidSignature(Exception):
    """The signature is not the signer's over this content; the text names the check and no value."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature with the bytes that it is made over."""

    signature: Resource
    payload: bytes


def signatures(content: Resource) -> Iterator[Signed]:
    """The digital signatures of a resource."""
    if content["resourceType"] == "QuestionnaireResponse":
        for position, one in enumerate(content.get("extension", ())):
            if one.get("url") == _EXTENSION and _is_digital(one.get("valueSignature", {})):
                others = [other for at, other in enumerate(content["extension"]) if at != position]
                rest = {name: value for name, value in content.items() if name != "extension"}
                yield Signed(one["valueSignature"], _payload({**rest, **({"extension": others} if others else {})}))
    elif content["resourceType"] == "Bundle" and _is_digital(content.get("signature", {})):
        yield Signed(content["signature"], _payload({name: value for name, value in content.items() if name != "signature"}))


def verify(signed: Signed) -> None:
    """Raises InvalidSignature."""
    text = _compact(signed)
    header = _header(text)
    certificate = _certificate(header)
    _check_commitments(header, signed.signature)
    when = _moment(signed.signature.get("when"), "when")
    if _moment(header.get("sigT"), "sigT") != when:
        raise InvalidSignature("sigT is not the time of the signature")
    if not certificate.not_valid_before_utc <= when <= certificate.not_valid_after_utc:
        raise InvalidSignature("the certificate was not valid then")
    _check_signer(certificate, signed.signature)
    try:
        jws.deserialize_compact(text, _key(certificate), registry=_REGISTRY)
    except (JoseError, ValueError):
        raise InvalidSignature("the signature does not fit the content") from None


def signature_issue(contents: Iterable[Resource], mode: Signatures) -> Issue | None:
    """What is wrong with the signatures of attachments, None when nothing is."""
    if mode == "ignore":
        return None
    for content in contents:
        found = list(signatures(content))
        if mode == "required" and not found:
            return _flaw("an attachment has no digital signature")
        for one in found:
            try:
                verify(one)
            except InvalidSignature as error:
                return _flaw(str(error))
    return None


def _flaw(diagnostics: str) -> Issue:
    return Issue("", "error", "security", "Signature missing or invalid", diagnostics, "")


def _is_digital(signature: Resource) -> bool:
    return "data" in signature and not str(signature.get("sigFormat", "")).startswith("image/")


def _payload(content: Resource) -> bytes:
    return canonical_json({name: value for name, value in content.items() if name not in {"id", "meta"}})


def _compact(signed: Signed) -> bytes:
    """The JWS with its payload; one that brings another payload is refused."""
    try:
        parts = base64.b64decode(signed.signature["data"], validate=True).split(b".")
    except (binascii.Error, ValueError):
        raise InvalidSignature("data is not base64") from None
    payload = base64.urlsafe_b64encode(signed.payload).rstrip(b"=")
    if len(parts) != _PARTS or parts[1] not in (b"", payload):
        raise InvalidSignature("data is no JWS over this content")
    return b".".join((parts[0], payload, parts[2]))


def _header(text: bytes) -> Mapping[str, Any]:
    try:
        header = jws.extract_compact(text, registry=_REGISTRY).headers()
    except (JoseError, ValueError):
        raise InvalidSignature("data is no JWS") from None
    return header


def _certificate(header: Mapping[str, Any]) -> x509.Certificate:
    """The signer's; each one in the chain is issued by the next."""
    try:
        chain = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in header.get("x5c") or ()]
        for certificate, issuer in pairwise(chain):
            certificate.verify_directly_issued_by(issuer)
    except Exception:  # noqa: BLE001 - whatever is wrong with a certificate, it proves nothing
        raise InvalidSignature("the certificates of x5c do not hold") from None
    if not chain:
        raise InvalidSignature("x5c is missing")
    return chain[0]


def _key(certificate: x509.Certificate) -> RSAKey | ECKey:
    pem = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        return RSAKey.import_key(pem)
    except (JoseError, ValueError):
        return ECKey.import_key(pem)


def _check_commitments(header: Mapping[str, Any], signature: Resource) -> None:
    """`srCms` names the type of the signature."""
    commitments = [part for part in header.get("srCms") or () if isinstance(part, dict)]
    named = {part.get("commId", part).get("id") for part in commitments}
    if not any(f"urn:oid:{coding.get('code')}" in named for coding in signature.get("type", ())):
        raise InvalidSignature("srCms does not name the type of the signature")


def _check_signer(certificate: x509.Certificate, signature: Resource) -> None:
    """The subject alternative names hold `who.identifier`."""
    wanted = signature.get("who", {}).get("identifier", {}).get("value")
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        names = x509.SubjectAlternativeName([])
    texts = {text for name in names for text in _texts(name)}
    if not wanted or wanted not in texts:
        raise InvalidSignature("the certificate is not the signer's")


def _texts(name: x509.GeneralName) -> Iterator[str]:
    """A name, and what stands behind its last separator."""
    if isinstance(name, x509.OtherName):
        text = name.value[2:].decode("utf-8", "replace")
    elif isinstance(name, x509.DirectoryName):
        yield from (str(attribute.value) for attribute in name.value)
        return
    else:
        text = str(name.value)
    yield text
    yield from (text.rpartition(separator)[2] for separator in "|:/" if separator in text)


def _moment(value: Any, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidSignature(f"{name} is no moment") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
