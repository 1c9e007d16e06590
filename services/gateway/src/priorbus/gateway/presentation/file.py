"""Files on the wire (authorizations.md 8.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from priorbus.gateway.presentation.members import Json, renamed
from priorbus.gateway.presentation.moments import format_moment, wire_moment


def render_file(file: Mapping[str, Any], download: tuple[str, datetime] | None) -> Json:
    """A file; `download` is a presigned URL and the end of its life, for ready files."""
    rendered: Json = {
        "id": file["id"],
        "status": file["status"],
        "fileName": file["file_name"],
        "contentType": file["content_type"],
        "purpose": file["purpose"],
        "createdAt": wire_moment(file["created_at"]),
        "uploadExpiresAt": wire_moment(file["upload_expires_at"]),
        "scan": {"status": file["scan"]},
        "warnings": file["warnings"],
    }
    rendered |= renamed({"size": file["size_bytes"] or file["declared_size"]}, {"size": "sizeBytes"})
    rendered |= renamed(file, {"checksum_sha256": "checksumSha256"})
    if file["completed_at"] is not None:
        rendered["completedAt"] = wire_moment(file["completed_at"])
    if file["failure"] is not None:
        rendered["failure"] = {"code": file["failure"]["code"], "message": file["failure"]["message"]}
    if download is not None:
        rendered["downloadUrl"], rendered["downloadUrlExpiresAt"] = download[0], format_moment(download[1])
    return rendered
