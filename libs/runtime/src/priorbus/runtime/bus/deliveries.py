"""AMQP deliveries and the messages in them."""

from dataclasses import dataclass

from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from priorbus.contracts.envelope import Envelope


@dataclass(slots=True, eq=False)
class Delivery:
    """One AMQP message; settled when all of its messages are."""

    tag: int
    body: bytes
    reply_to: str | None
    redelivered: bool
    unsettled: int = 0


@dataclass(slots=True, eq=False)
class Item:
    """One message and the delivery it came with."""

    envelope: Envelope
    delivery: Delivery


def delivery_of(message: DeliveredMessage) -> Delivery:
    """What we keep of a delivery."""
    frame = message.delivery
    if not isinstance(frame, Basic.Deliver) or frame.delivery_tag is None:
        raise TypeError("not a delivery")
    properties = message.header.properties
    return Delivery(tag=frame.delivery_tag, body=message.body, reply_to=properties.reply_to, redelivered=_redelivered(frame, properties))


def _redelivered(frame: Basic.Deliver, properties: Basic.Properties) -> bool:
    headers = properties.headers
    return bool(frame.redelivered) or bool(headers and headers.get("x-delivery-count"))
