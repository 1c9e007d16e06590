"""The one thing that every credential becomes (Conventions 3.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

EVERYTHING = "*"
_OPERATORS = "ops/"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. `user_id` is an int64; `quotas` are the caller's own rate limits by policy (Conventions 9).

    What follows the quotas is of FHIR clients only, from their registration; no `bases` means every one.
    """

    tenant: str
    client_id: str
    user_id: int
    scopes: frozenset[str]
    quotas: Mapping[str, int] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()
    npis: tuple[str, ...] = ()
    tenant_wide: bool = False
    bases: tuple[str, ...] = ()

    def may(self, scope: str) -> bool:
        """Whether an API scope is granted (Conventions 3.5). A tenant's `*` does not make it an operator."""
        return scope in self.scopes or (EVERYTHING in self.scopes and not scope.startswith(_OPERATORS))
