"""Commands, facts, replies and public events over RabbitMQ."""

from priorbus.runtime.bus.amqp import AmqpBus
from priorbus.runtime.bus.errors import NoReply, NotAccepted, TopologyMismatch
from priorbus.runtime.bus.interfaces import (
    Bus,
    Confirmation,
    Consumer,
    LateReply,
    PublicEvent,
    Publisher,
    ReplyData,
    Requests,
    Topology,
)
from priorbus.runtime.bus.limits import Limits
from priorbus.runtime.bus.names import ServiceQueue

__all__ = [
    "AmqpBus",
    "Bus",
    "Confirmation",
    "Consumer",
    "LateReply",
    "Limits",
    "NoReply",
    "NotAccepted",
    "PublicEvent",
    "Publisher",
    "ReplyData",
    "Requests",
    "ServiceQueue",
    "Topology",
    "TopologyMismatch",
]
