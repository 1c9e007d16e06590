"""API keys on the wire (Conventions 3.3)."""

from collections.abc import Mapping
from typing import Any

from priorbus.gateway.presentation.members import Json
from priorbus.gateway.presentation.moments import format_moment, format_moment_if_any


def render_api_key(record: Mapping[str, Any]) -> Json:
    """A key without the key itself. `userId` is an int64 in a string."""
    return {
        "id": record["_id"],
        "name": record.get("name") or "",
        "scopes": record["scopes"],
        "userId": str(record["user_id"]),
        "createdAt": format_moment(record["created_at"]),
        "expiresAt": format_moment_if_any(record.get("expires_at")),
        "lastUsedAt": format_moment_if_any(record.get("last_used_at")),
        "revokedAt": format_moment_if_any(record.get("revoked_at")),
    }
