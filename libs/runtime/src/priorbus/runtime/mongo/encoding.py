"""Replies, facts and commands as JSON bytes; a state that goes into several of them is serialised once."""

from datetime import datetime

import orjson
from pydantic import BaseModel

from priorbus.contracts.envelope import Envelope
from priorbus.contracts.messages import Command, Message
from priorbus.contracts.replies import Refusal
from priorbus.runtime import cloudevents
from priorbus.runtime.bus.names import Exchange
from priorbus.runtime.handling import LastingRefusal, Result
from priorbus.runtime.mongo.transactional import Outgoing


class Encoder:
    """Encodes what one message caused, remembering the bytes of every model by identity."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[BaseModel, bytes]] = {}

    def model(self, value: BaseModel) -> bytes:
        """The JSON of a model whose direct members may be models encoded before."""
        parts = {name: member for name, member in value.__dict__.items() if isinstance(member, BaseModel)}
        if not parts:
            return _plain(value)
        rest = value.__pydantic_serializer__.to_json(value, exclude=set(parts))
        fragments = b",".join(b'"%b":%b' % (name.encode(), self._bytes(member)) for name, member in parts.items())
        return b"{" + fragments + (b"}" if rest == b"{}" else b"," + rest[1:])

    def success(self, command_id: str, result: Result) -> bytes:
        """A Reply with a result."""
        return self._reply(command_id, {} if result is None else result, None)

    def refusal(self, command_id: str, refusal: Refusal) -> bytes:
        """A Reply with a refusal; a lasting one brings the state after it."""
        return self._reply(command_id, refusal.result if isinstance(refusal, LastingRefusal) else None, refusal)

    def _reply(self, command_id: str, result: Result, refusal: Refusal | None) -> bytes:
        reply = {"command_id": command_id, "result": result, "refusal": refusal, "replayed": False}
        return orjson.dumps(reply, default=self._default, option=orjson.OPT_UTC_Z)

    def _default(self, value: object) -> object:
        if isinstance(value, BaseModel):
            return orjson.Fragment(self._bytes(value))
        if isinstance(value, set | frozenset):
            return sorted(value)
        raise TypeError(f"a result can not hold a {type(value).__name__}")

    def _bytes(self, value: BaseModel) -> bytes:
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = (value, _plain(value))
        return known[1]


def _plain(value: BaseModel) -> bytes:
    return value.__pydantic_serializer__.to_json(value)


def outgoing(message: Message, id_: str, cause: Envelope, now: datetime, encoder: Encoder) -> Outgoing:
    """A message caused by another one: tenant, client, user, request id and trace are handed on."""
    envelope = Envelope(
        id=id_,
        type=message.wire_type,
        time=now,
        tenant=cause.tenant,
        data={},
        client=cause.client,
        user=cause.user,
        request_id=cause.request_id,
        causation_id=cause.id,
        traceparent=cause.traceparent,
    )
    exchange: Exchange = "commands" if isinstance(message, Command) else "facts"
    return Outgoing(exchange, message.wire_type, cloudevents.encode(envelope, encoder.model(message)))


def replay(reply: bytes, command_id: str) -> bytes:
    """A recorded reply as the answer to another command with the same idempotency key."""
    return orjson.dumps({**orjson.loads(reply), "command_id": command_id, "replayed": True})
