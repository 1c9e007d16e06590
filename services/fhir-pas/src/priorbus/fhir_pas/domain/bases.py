"""The FHIR bases and what differs between them (fhir-pas.md 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Release = Literal["seed", "2.2", "2.0"]
Preset = Literal["strict", "lenient"]
BasePath = Literal["/fhir", "/pas/2.2/fhir", "/pas/2.0/fhir"]


@dataclass(frozen=True, slots=True)
class Base:
    """One base: its path below the public origin, the contract it follows, and how strict its rules are."""

    path: BasePath
    release: Release
    preset: Preset


FHIR = Base("/fhir", "seed", "lenient")
PAS_2_2 = Base("/pas/2.2/fhir", "2.2", "strict")
PAS_2_0 = Base("/pas/2.0/fhir", "2.0", "strict")

BASES: Mapping[str, Base] = {base.path: base for base in (FHIR, PAS_2_2, PAS_2_0)}
"""By path."""
