"""The one thing that every credential becomes (Conventions 3.1)."""

from dataclasses import dataclass

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. `user_id` is an int64 that only the patient attachments API shows."""

    tenant: str
    client_id: str
    user_id: int
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether an API scope is granted (Conventions 3.5)."""
        return scope in self.scopes or EVERYTHING in self.scopes
