"""How a call ends without success."""

from collections.abc import Mapping, Sequence
from typing import Any

from priorbus.contracts.errors import ERRORS
from priorbus.contracts.replies import Issue


class Problem(Exception):
    """An error answer: a code of the registry with what the client may know. The edge turns it into a rendering."""

    def __init__(
        self, code: str, *, details: Mapping[str, Any] | None = None, issues: Sequence[Issue] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.error = ERRORS[code]
        self.details = dict(details or {})
        self.issues = tuple(issues)
        self.headers = dict(headers or {})

    @property
    def retryable(self) -> bool:
        """Whether the identical request may succeed later."""
        return self.error.is_retryable(self.details)


class SyntaxProblem(Problem):
    """A failure of step 4 (Conventions 4): answered only if the addressed resource exists."""


def bad_request(code: str, message: str, field: str | None = None) -> Problem:
    """400 `bad_request` with one issue."""
    return Problem("bad_request", issues=[Issue(code=code, message=message, field=field)])


def bad_syntax(code: str, message: str, field: str | None = None) -> SyntaxProblem:
    """400 `bad_request` with one issue, as a failure of step 4."""
    return SyntaxProblem("bad_request", issues=[Issue(code=code, message=message, field=field)])
