"""The signed policy of a form upload (patient-attachments.md 4.3, vector P9)."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest

from priorbus.runtime.objects.forms import FormSigner, form_signer
from priorbus.runtime.settings import ObjectStoreSettings

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
PREFIX = "t_acme/patients/9007199254740993/attachments/temp/tk_0001/"
NOW = datetime(2026, 5, 5, 0, 15, tzinfo=UTC)
EXPIRES = datetime(2026, 5, 5, 1, 15, tzinfo=UTC)
SIGNER = FormSigner("https://s3.example/priorbus", "priorbus", "us-east-1", "AKIDEXAMPLE", SECRET)
LIMIT = 26_214_400


def test_vector_p9() -> None:
    form = SIGNER.sign(PREFIX, max_bytes=LIMIT, now=NOW, expires=EXPIRES)
    policy = form.fields["policy"]
    assert len(base64.b64decode(policy)) == 422
    assert hashlib.sha256(policy.encode()).hexdigest() == "739eda1ca85c6381bba5f20f85ea9d9ae262b31965a7b7fc847752e1ac7dc34a"
    assert form.fields["x-amz-signature"] == "50ab79cff433c153c46e67aa4acff37c57324943f81c755cd7101f5c4be1578f"


def test_the_fields_are_those_of_the_seed_and_the_date() -> None:
    form = SIGNER.sign(PREFIX, max_bytes=LIMIT, now=NOW, expires=EXPIRES)
    assert form.url == "https://s3.example/priorbus"
    assert {name: value for name, value in form.fields.items() if name not in ("policy", "x-amz-signature")} == {
        "key": PREFIX + "${filename}",
        "acl": "private",
        "success_action_status": "201",
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": "AKIDEXAMPLE/20260505/us-east-1/s3/aws4_request",
        "x-amz-date": "20260505T001500Z",
    }


def test_temporary_credentials_add_their_token_to_fields_and_policy() -> None:
    signer = FormSigner("https://s3.example/priorbus", "priorbus", "us-east-1", "AKIDEXAMPLE", SECRET, "token-1")
    fields = signer.sign(PREFIX, max_bytes=LIMIT, now=NOW, expires=EXPIRES).fields
    assert fields["x-amz-security-token"] == "token-1"
    assert b'{"x-amz-security-token":"token-1"}' in base64.b64decode(fields["policy"])


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ({"s3_public_endpoint": "http://outside:9000"}, "http://outside:9000/priorbus"),
        ({"s3_public_endpoint": "https://files.example.org"}, "https://files.example.org/priorbus"),
        ({"s3_public_endpoint": "https://files.example.org/", "s3_addressing": "virtual"}, "https://priorbus.files.example.org"),
    ],
)
def test_clients_post_to_the_public_address_of_the_bucket(named: dict[str, str], url: str) -> None:
    given = {"s3_endpoint": "http://inside:9000", "s3_bucket": "priorbus", "s3_access_key": "k", "s3_secret_key": "s", **named}
    assert form_signer(ObjectStoreSettings.model_validate(given)).url == url


def test_neither_secret_nor_form_is_shown() -> None:
    form = SIGNER.sign(PREFIX, max_bytes=LIMIT, now=NOW, expires=EXPIRES)
    assert SECRET not in repr(SIGNER)
    assert form.fields["x-amz-signature"] not in repr(form)
