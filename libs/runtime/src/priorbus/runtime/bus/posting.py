"""One AMQP message on its way to the broker."""

from dataclasses import dataclass

from pamqp.commands import Basic


@dataclass(slots=True)
class Posting:
    """What is published, `mandatory`."""

    exchange: str
    key: str
    body: bytes
    properties: Basic.Properties
