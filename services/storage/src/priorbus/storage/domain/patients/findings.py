"""Field errors of one request, collected so that all of them are in one answer (patient-attachments.md 5.2, 11)."""

from collections.abc import Iterable

from priorbus.contracts.patients import UPLOAD_GUIDE
from priorbus.contracts.replies import Issue, Refusal

UPLOAD_URL = "upload_url"
_WHOLE = "base"
_TEXTS = {"blank": "can't be blank", "patient_missing": "must exist", "case_missing": "must exist"}
_OTHERWISE = "is invalid"


class Findings:
    """At most one for each member; the first one stays. A body that is no object has no members to find fault with."""

    def __init__(self, found: Iterable[Issue] = ()) -> None:
        self._by_member: dict[str | None, Issue] = {}
        for issue in found:
            self._by_member.setdefault(issue.field, issue)

    def add(self, member: str, code: str, *, limit: int | None = None) -> None:
        """A finding; `limit` is the most characters of a text that is too long."""
        text = f"is too long (maximum is {limit} characters)" if limit is not None else _TEXTS.get(code, _OTHERWISE)
        self._by_member.setdefault(member, Issue(code=code, message=text, field=member))

    def blame(self, member: str) -> bool:
        """Whether something was found about the member."""
        return member in self._by_member

    def refusal(self) -> Refusal | None:
        """None when nothing was found."""
        if not self._by_member:
            return None
        told = {_WHOLE: self._by_member[_WHOLE]} if self.blame(_WHOLE) else self._by_member
        details = {"documentation": UPLOAD_GUIDE} if UPLOAD_URL in told else {}
        return Refusal(code="validation_failed", details=details, issues=tuple(told.values()))
