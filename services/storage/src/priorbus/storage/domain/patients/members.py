"""What the members of patients, cases and attachments may hold (patient-attachments.md 3.1, 12)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from priorbus.contracts.commands.patients import Members
from priorbus.storage.domain.patients.findings import Findings

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Text:
    """A text of at most `limit` characters (not bytes)."""

    limit: int
    required: bool = False

    def judge(self, member: str, value: Any, findings: Findings) -> None:
        if value is None or (self.required and isinstance(value, str) and not value.strip()):
            if self.required:
                findings.add(member, "blank")
        elif not isinstance(value, str):
            findings.add(member, "invalid")
        elif len(value) > self.limit:
            findings.add(member, "too_long", limit=self.limit)


@dataclass(frozen=True)
class Day:
    """`YYYY-MM-DD`, or null."""

    required = False

    def judge(self, member: str, value: Any, findings: Findings) -> None:
        if value is not None and not (isinstance(value, str) and _is_date(value)):
            findings.add(member, "invalid")


@dataclass(frozen=True)
class Flag:
    """True or false."""

    required = False

    def judge(self, member: str, value: Any, findings: Findings) -> None:
        if not isinstance(value, bool):
            findings.add(member, "invalid")


Rules = Mapping[str, Text | Day | Flag]
PATIENT: Rules = {
    "first_name": Text(100, required=True),
    "last_name": Text(100, required=True),
    "date_of_birth": Day(),
    "external_ref": Text(255),
}
CASE: Rules = {"name": Text(255, required=True), "notes": Text(10_000), "closed": Flag(), "issue_date": Day(), "expiry_date": Day()}
ATTACHMENT: Rules = {"description": Text(255), "pinned": Flag()}


def judge_new(rules: Rules, members: Members, findings: Findings) -> Members:
    """The known members of a new record, once what is wrong with them is noted; a required one that is missing is."""
    return judge_changes(rules, {**{name: None for name, rule in rules.items() if rule.required}, **members}, findings)


def judge_changes(rules: Rules, members: Members, findings: Findings) -> Members:
    """The known members of a change, once what is wrong with them is noted."""
    known = {name: value for name, value in members.items() if name in rules}
    for name, value in known.items():
        rules[name].judge(name, value, findings)
    return known


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
