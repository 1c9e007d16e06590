"""Where one backing server lives and what kind of server it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from priorbus.devstack.processes import Program


@dataclass(frozen=True)
class Place:
    """A server's data directory, its leased ports by name, and the secret made for it. All of them survive a restart."""

    directory: Path
    ports: Mapping[str, int]
    secret: str


@dataclass(frozen=True)
class Image:
    """A server as a container. `data` is the path of its volume; `files` are mounted read-only, host path to container path."""

    name: str
    command: Sequence[str]
    data: str
    published: Sequence[int]
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


class ServerKind(Protocol):
    """What the stack must know of a server. Nothing here keeps state: everything is in the place."""

    @property
    def name(self) -> str: ...

    @property
    def port_names(self) -> Sequence[str]: ...

    def native_program(self) -> str | None:
        """Path of the program; None when this machine has none."""

    def native(self, place: Place) -> Program:
        """Write what the program needs into the place and say how to run it."""

    def image(self, place: Place) -> Image:
        """The same as a container."""

    def check_ready(self, place: Place) -> None:
        """Return when the server takes work; any exception means not yet. May do one-time set-up."""
