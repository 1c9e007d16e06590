"""Loads `registry.json` once, at import; a malformed file stops the start."""

import json
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field

from priorbus.contracts.model import CamelModel

Shape = Literal["E1", "E2", "E3", "E4"]
"""Renderings of Conventions 8.1: authorization envelope, patient-attachments body, problem+json, OperationOutcome."""
Category = Literal["incorrect", "forbidden", "not-found", "conflict", "unprocessable", "busy", "unavailable", "fault"]


class ErrorCode(CamelModel):
    """One row of the registry. `fhir` is the OperationOutcome issue code; None where the code never occurs on FHIR endpoints.

    `message_by_shape` holds the texts that a rendering has of its own. `final_with_detail` names a member of `details` whose presence
    makes an otherwise retryable error final.
    """

    code: str
    http: int
    category: Category
    retryable: bool
    shapes: frozenset[Shape]
    fhir: str | None
    message: str
    http_by_shape: dict[Shape, int] = Field(default_factory=dict)
    message_by_shape: dict[Shape, str] = Field(default_factory=dict)
    final_with_detail: str | None = None

    def status(self, shape: Shape) -> int:
        """The HTTP status of this code in a rendering (`version_conflict` is 412 on FHIR endpoints)."""
        return self.http_by_shape.get(shape, self.http)

    def text(self, shape: Shape) -> str:
        """The message of this code in a rendering."""
        return self.message_by_shape.get(shape, self.message)

    def is_retryable(self, details: Mapping[str, Any]) -> bool:
        """Whether the identical request may succeed later (Conventions 8.2)."""
        return self.retryable and self.final_with_detail not in details


def _load() -> tuple[dict[str, ErrorCode], dict[str, tuple[str, ...]]]:
    document = json.loads(resources.files(__package__).joinpath("registry.json").read_text("utf-8"))
    rows = [ErrorCode.model_validate(row) for row in document["errors"]]
    if len({row.code for row in rows}) != len(rows):
        raise ValueError("two rows of the error registry have one code")
    return {row.code: row for row in rows}, {kind: tuple(codes) for kind, codes in document["secondLevel"].items()}


_errors, _second_level = _load()
ERRORS: Mapping[str, ErrorCode] = MappingProxyType(_errors)
"""Every error by code."""
SECOND_LEVEL: Mapping[str, tuple[str, ...]] = MappingProxyType(_second_level)
"""Codes inside errors and resources by kind: request, answer, field, requirement, failure."""
