"""Operations on the wire (Conventions 7.3)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.moments import format_moment


def render_operation(row: Mapping[str, Any]) -> Json:
    """An operation; `resource` once it succeeded, `error` once it failed."""
    completed = row["completed_at"]
    return {
        "id": row["_id"],
        "status": row["status"],
        "createdAt": format_moment(row["created_at"]),
        "completedAt": format_moment(completed) if completed else None,
        "resource": {name: row["target"][name] for name in ("type", "id", "href")} if row["status"] == "succeeded" else None,
        "error": row["error"],
    }
