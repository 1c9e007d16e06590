"""The settings that decisions depend on (fhir-pas.md 26, authorizations.md 13)."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from priorbus.fhir_pas.domain.bases import BASES, Base, BasePath, Preset
from priorbus.fhir_pas.domain.issues import Setting
from priorbus.fhir_pas.domain.limits import LIMITS, Limits
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.resources import CREATED_AT_URL

Signatures = Literal["ignore", "verify", "required"]
"""What becomes of the signatures of attachments: stored untouched, checked where there is one, demanded."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`public_base` has no slash at its end; a `replay_window` of zero switches replays off.

    `adopts_unknown_prior` tells whether an update of an unknown authorization is taken, or a business error; None: only by the sandbox.
    `include_claim` and `include_tasks` show the Claim and open Tasks in answers to inquiries on the PAS bases. `presets` are by base
    path, `rule_overrides` by rule id, `withheld` are service codes, with `*`, whose authorizations other clients' inquiries do not see.
    `default_insurer` (`value` or `system|value`) is meant by a Claim that names no payer at all. A message comes at most
    so many `deliveries`. `created_url` names the extension with a resource's instant of creation. Authorizations are kept for
    `retention_months` after they were of use last. Receivers on `exempt_hosts` may be internal; a tenant names its own only where
    `may_exempt`, in test deployments.
    """

    public_base: str
    submit_attempts: int = 8
    replay_window: timedelta = timedelta(hours=24)
    decision_budget: timedelta = timedelta(seconds=10)
    adopts_unknown_prior: bool | None = None
    include_claim: bool = False
    include_tasks: bool = False
    emits_tasks: bool = True
    owned_filters: bool = True
    most_matches: int = 50
    withheld: tuple[str, ...] = ()
    signatures: Signatures = "ignore"
    held_for: timedelta = timedelta(days=90)
    presets: dict[BasePath, Preset] = field(default_factory=dict)
    rule_overrides: dict[str, Setting] = field(default_factory=dict)
    deliveries: int = 10
    limits: Limits = LIMITS
    default_insurer: str = ""
    created_url: str = CREATED_AT_URL
    retention_months: int = 24
    may_exempt: bool = False
    exempt_hosts: frozenset[str] = frozenset()

    def base(self, path: str) -> Base | None:
        """The base at this path, as strict as it is wanted; None when there is none."""
        base = BASES.get(path)
        return None if base is None else replace(base, preset=self.presets.get(base.path, base.preset))

    def strictness(self, base: Base) -> Strictness:
        """How the rules apply on a base."""
        return Strictness(base, self.rule_overrides)
