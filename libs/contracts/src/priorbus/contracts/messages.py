"""Kinds of message and the registry that finds a model by its wire type."""

from typing import ClassVar, TypeVar

from priorbus.contracts.model import Model

M = TypeVar("M", bound="type[Message]")

MESSAGES: dict[str, "type[Message]"] = {}
"""Every message by wire type, for example `requirements.patch_answers` or `authorization.created`."""


class Message(Model):
    """The payload of one message; `wire_type` is also its AMQP routing key."""

    wire_type: ClassVar[str]


class Command(Message):
    """An instruction to one owner service, wire type `<service>.<verb_noun>`; answered by exactly one Reply."""


class Query(Message):
    """A question to one owner service, wire type like a command's; leaves no trace in the owner's state."""


class Fact(Message):
    """Something that was committed, wire type `<aggregate>.<event>`; may carry full state and so PHI."""


def message(wire_type: str) -> "Registration":
    """Class decorator: registers a message under its wire type."""
    return Registration(wire_type)


class Registration:
    """The decorator made by `message`."""

    def __init__(self, wire_type: str) -> None:
        self.wire_type = wire_type

    def __call__(self, cls: M) -> M:
        if self.wire_type in MESSAGES:
            raise ValueError(f"two messages are called {self.wire_type}")
        cls.wire_type = self.wire_type
        MESSAGES[self.wire_type] = cls
        return cls
