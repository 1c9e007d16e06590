import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from priorbus.gateway.webhooks.endpoint import NewEndpoint, endpoint_record, new_secret, rotation, signing_secrets
from priorbus.gateway.webhooks.request import request_of, signature

NOW = datetime.now(UTC).replace(microsecond=0)
EVENT = json.dumps(
    {
        "specversion": "1.0",
        "id": "evt_1",
        "type": "priorbus.authorization.created.v1",
        "time": "2026-03-04T05:06:07.089Z",
        "data": {"id": "auth_1"},
    }
).encode()
V3_BODY = (
    b'{"type":"authorization.status_changed","timestamp":"2026-05-05T00:15:00Z","data":{"id":"auth_123","version":8,"status":"processing"}}'
)
DELIVERY = {"event": "evt_1", "body": EVENT}


def endpoint(**changes: Any) -> dict[str, Any]:
    return endpoint_record("whe_1", "t_one", NewEndpoint("https://example.org/hook", ["*"], "standard", None), b"sealed", NOW) | changes


@pytest.mark.parametrize(
    ("secret", "message_id", "timestamp", "body", "expected"),
    [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "evt_01",
            1777939200,
            V3_BODY,
            "v1,MXbIkzdC3nLgMXXgbX+k/1lwkXXn121uIzHA/+I49zc=",
        ),
    ],
    ids=["V2", "V3"],
)
def test_signature_vectors(secret: str, message_id: str, timestamp: int, body: bytes, expected: str) -> None:
    assert signature([secret], message_id, datetime.fromtimestamp(timestamp, UTC), body) == expected


def test_a_secret_is_32_random_bytes() -> None:
    first, second = new_secret(), new_secret()
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
    assert first != second


def test_the_standard_form_is_verified_by_the_reference_library() -> None:
    secret = new_secret()
    request = request_of(DELIVERY, endpoint(), [secret], datetime.now(UTC).replace(microsecond=0))
    assert Webhook(secret).verify(request.body, dict(request.headers)) == {
        "type": "authorization.created",
        "timestamp": "2026-03-04T05:06:07.089Z",
        "data": {"id": "auth_1"},
    }
    assert request.headers["Content-Type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(request.body, dict(request.headers))


def test_the_cloudevents_form_is_the_event_itself() -> None:
    secret = new_secret()
    request = request_of(DELIVERY, endpoint(format="cloudevents"), [secret], datetime.now(UTC).replace(microsecond=0))
    assert request.body == EVENT
    assert request.headers["Content-Type"] == "application/cloudevents+json"
    assert Webhook(secret).verify(request.body, dict(request.headers)) == json.loads(EVENT)


def test_for_a_day_two_secrets_sign() -> None:
    old = endpoint()
    new = old | rotation(old, b"newer", NOW)
    assert signing_secrets(new, NOW + timedelta(hours=23)) == [b"newer", b"sealed"]
    assert signing_secrets(new, NOW + timedelta(hours=24)) == [b"newer"]


def test_each_secret_has_its_signature() -> None:
    secrets = [new_secret(), new_secret()]
    request = request_of(DELIVERY, endpoint(), secrets, datetime.now(UTC).replace(microsecond=0))
    for secret, one in zip(secrets, request.headers["webhook-signature"].split(" "), strict=True):
        Webhook(secret).verify(request.body, {**request.headers, "webhook-signature": one})


def test_nothing_of_a_request_is_shown_by_accident() -> None:
    assert repr(request_of(DELIVERY, endpoint(), [new_secret()], NOW)) == "OutgoingRequest()"
