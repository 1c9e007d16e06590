"""API keys on the wire (Conventions 3.3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.moments import format_moment


def render_api_key(record: Mapping[str, Any]) -> Json:
    """A key without the key itself. `userId` is an int64 in a string."""
    return {
        "id": record["_id"],
        "name": record.get("name") or "",
        "scopes": record["scopes"],
        "userId": str(record["user_id"]),
        "createdAt": format_moment(record["created_at"]),
        "expiresAt": _moment(record.get("expires_at")),
        "lastUsedAt": _moment(record.get("last_used_at")),
        "revokedAt": _moment(record.get("revoked_at")),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else format_moment(moment)
