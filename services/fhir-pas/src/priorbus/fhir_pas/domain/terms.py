"""The settings that decisions depend on (fhir-pas.md 26, authorizations.md 13)."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Terms:
    """`public_base` has no slash at its end; a `replay_window` of zero switches replays off.

    Without `adopts_unknown_prior` an update of an unknown authorization is a business error; `include_claim` shows the Claim in
    answers to inquiries on every base.
    """

    public_base: str
    submit_attempts: int = 8
    replay_window: timedelta = timedelta(hours=24)
    decision_budget: timedelta = timedelta(seconds=10)
    adopts_unknown_prior: bool = True
    include_claim: bool = False
