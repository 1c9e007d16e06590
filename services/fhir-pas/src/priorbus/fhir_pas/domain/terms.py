"""The settings that decisions depend on (fhir-pas.md 26, authorizations.md 13)."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Terms:
    """`public_base` has no slash at its end; a `replay_window` of zero switches replays off."""

    public_base: str
    submit_attempts: int = 8
    replay_window: timedelta = timedelta(hours=24)
