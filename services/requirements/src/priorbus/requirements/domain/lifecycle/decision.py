"""What a decision asks the runtime to do."""

from dataclasses import dataclass
from datetime import datetime

from priorbus.contracts.authorizations import Authorization
from priorbus.contracts.events import Event
from priorbus.contracts.facts.requirements import AuthorizationFact
from priorbus.contracts.messages import Command


@dataclass(frozen=True, slots=True)
class Timer:
    """A command that is to come back once `due` has passed; the same key replaces a waiting timer."""

    key: str
    due: datetime
    command: Command


@dataclass(frozen=True, slots=True)
class Decision:
    """One accepted write, or nothing to do when `fact` is None: then `authorization` is the unchanged state."""

    authorization: Authorization
    fact: AuthorizationFact | None = None
    commands: tuple[Command, ...] = ()
    schedule: tuple[Timer, ...] = ()
    unschedule: tuple[str, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        """The timeline entries of this write."""
        return self.fact.events if self.fact else ()


FactType = type[AuthorizationFact]
