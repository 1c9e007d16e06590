"""What can be wrong with a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

LintCode = Literal[
    "schema",
    "malformed_link_id",
    "duplicate_link_id",
    "unreserved_link_id",
    "group_link_id",
    "canonical_type",
    "invalid_item",
    "invalid_default",
    "default_in_repeating_group",
    "invalid_expression",
    "unknown_operand",
    "operand_type",
    "operand_scope",
    "limit_exceeded",
    "cycle",
    "duplicate_template",
    "content_changed",
    "ambiguous_templates",
    "duplicate_payer",
]


@dataclass(frozen=True, slots=True, order=True)
class LintFinding:
    """One defect; `source` is `<templateId>@<version>` or a file name, `place` a linkId, group id, document type or rule code."""

    source: str
    place: str
    code: LintCode
    message: str


class InvalidTemplate(ValueError):
    """A template that must not be loaded; `findings` is never empty."""

    def __init__(self, findings: Sequence[LintFinding]) -> None:
        super().__init__("; ".join(f"{finding.source} {finding.place}: {finding.message}" for finding in findings))
        self.findings = tuple(findings)
