"""Element rows: what a profile's snapshot demands of one element beyond base R4 (profiles document, section 1)."""

from dataclasses import dataclass
from typing import Any, Final

from priorbus.fhir_pas.domain.bases import Release
from priorbus.fhir_pas.domain.codes import PAS, TEMP_CODES
from priorbus.fhir_pas.domain.profile.table import EVERYWHERE, ONLY_2_2

__all__ = ("EARLIER", "EVERYWHERE", "ONLY_2_2", "PAS", "Row", "concept", "temp")
EARLIER: Final[frozenset[Release]] = frozenset({"seed", "2.0"})


@dataclass(frozen=True, slots=True)
class Row:
    """One element. `path` is the snapshot's element id without the root, `card` its cardinality (`0..0`: prohibited).

    `types` are the choices left of `[x]`, `targets` the PAS profiles a Reference may lead to, `profile` that of a data type.
    Members of a slice are told by an extension's `url`, or by the pattern at a path below (`where`).
    A row that a numbered rule covers names it in `by`: that rule reports for it.
    """

    path: str
    card: str
    fixed: Any = None
    pattern: Any = None
    types: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    profile: str = ""
    url: str = ""
    where: tuple[str, Any] | None = None
    by: str = ""
    releases: frozenset[Release] = EVERYWHERE
    levels: str = "E W"

    @property
    def least(self) -> int:
        """The lower bound of the cardinality."""
        return int(self.card.partition("..")[0])

    @property
    def most(self) -> int | None:
        """The upper bound of the cardinality; None stands for `*`."""
        text = self.card.partition("..")[2]
        return None if text == "*" else int(text)


def concept(system: str, code: str) -> dict[str, Any]:
    """The pattern of a CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code}]}


def temp(code: str) -> dict[str, Any]:
    """The pattern of a code of PASTempCodes."""
    return concept(TEMP_CODES, code)
