"""Request bodies: the members that have the right JSON type, and a finding for each that has not; unknown ones are ignored.

Everything else about a value is judged by the owner (see `contracts.commands.patients`).
"""

from collections.abc import Mapping
from typing import Any

from priorbus.contracts.replies import Issue
from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.patients.ids import read_id

_INVALID = "is invalid"
_TYPES: Mapping[str, type] = {"text": str, "flag": bool}


class Fields:
    """The members of one body. `issues` are the findings so far."""

    def __init__(self, body: Any) -> None:
        self.issues: list[Issue] = []
        self._body: Mapping[str, Any] = body if isinstance(body, dict) else {}
        if not isinstance(body, dict):
            self._find("base", "invalid")

    def id(self, name: str) -> int | None:
        """An int64 id; None if it is missing, null or wrong."""
        value = self._body.get(name)
        number = read_id(value)
        if value is not None and number is None:
            self._find(name, "not_an_id")
        return number

    def text(self, name: str, code: str = "invalid") -> str | None:
        """A string; None if it is missing, null or wrong."""
        value = self._body.get(name)
        if value is None or isinstance(value, str):
            return value
        self._find(name, code)
        return None

    def members(self, **kinds: str) -> Json:
        """The present members that are null or of their kind, `text` or `flag`."""
        found: Json = {}
        for name, kind in kinds.items():
            if name not in self._body:
                continue
            value = self._body[name]
            if value is None or isinstance(value, _TYPES[kind]):
                found[name] = value
            else:
                self._find(name, "invalid")
        return found

    def as_json(self) -> list[Json]:
        """The findings as commands carry them."""
        return [issue.model_dump(mode="json") for issue in self.issues]

    def _find(self, name: str, code: str) -> None:
        self.issues.append(Issue(code=code, message=_INVALID, field=name))
