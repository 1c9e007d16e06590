"""Envelopes as CloudEvents."""

from datetime import UTC, datetime

import orjson
import pytest

from priorbus.contracts.envelope import Envelope, Idempotency
from priorbus.runtime import cloudevents

FULL = Envelope(
    id="cmd_1",
    type="requirements.patch_answers",
    time=datetime(2026, 3, 1, 12, 30, 15, 123000, tzinfo=UTC),
    tenant="t_acme",
    data={"name": "Zoë", "n": "1.50"},
    client="key_1",
    user="u_1",
    request_id="req_1",
    causation_id="cmd_0",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    idempotency=Idempotency("t_acme POST /v1/x k", "ab12"),
    attempt=3,
)
BARE = Envelope(id="fct_1", type="file.verified", time=FULL.time, tenant="t_acme", data={})


def test_a_batch_gives_back_what_went_in() -> None:
    batch = cloudevents.join([cloudevents.encode_parsed(FULL), cloudevents.encode_parsed(BARE)])
    assert cloudevents.decode(batch) == [FULL, BARE]


def test_an_event_has_the_attributes_of_cloudevents() -> None:
    event = orjson.loads(cloudevents.encode_parsed(FULL))
    assert event == {
        "specversion": "1.0",
        "id": "cmd_1",
        "source": "/priorbus",
        "type": "requirements.patch_answers",
        "time": "2026-03-01T12:30:15.123000Z",
        "datacontenttype": "application/json",
        "tenantid": "t_acme",
        "clientid": "key_1",
        "userid": "u_1",
        "correlationid": "req_1",
        "causationid": "cmd_0",
        "traceparent": FULL.traceparent,
        "idempotencyscope": "t_acme POST /v1/x k",
        "idempotencyfingerprint": "ab12",
        "attempt": 3,
        "data": {"name": "Zoë", "n": "1.50"},
    }


def test_absent_extensions_are_left_out() -> None:
    assert "clientid" not in orjson.loads(cloudevents.encode_parsed(BARE))


def test_data_bytes_pass_unparsed() -> None:
    assert cloudevents.encode(BARE, b'{"amount":1.50}').endswith(b',"data":{"amount":1.50}}')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b"[1]",
        b"[null]",
        b'[{"id":"x"}]',
        cloudevents.join([cloudevents.encode(BARE, b"[]")]),
        cloudevents.join([cloudevents.encode_parsed(BARE).replace(b'"attempt":1', b'"attempt":"a"')]),
        cloudevents.join([cloudevents.encode_parsed(BARE).replace(b"2026-03-01", b"yesterday")]),
        cloudevents.join([cloudevents.encode_parsed(FULL).replace(b"idempotencyfingerprint", b"other")]),
    ],
)
def test_what_is_no_batch_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(cloudevents.MalformedBatch) as refused:
        cloudevents.decode(body)
    assert "t_acme" not in str(refused.value)
    assert refused.value.__cause__ is None
