"""How files are addressed and shown."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from priorbus.gateway.gateway import Gateway
from priorbus.gateway.http.call import Call
from priorbus.gateway.http.problem import Problem
from priorbus.gateway.operations.outcome import Target
from priorbus.gateway.presentation.file import render_file
from priorbus.gateway.presentation.members import Json

ROOT = "/v1/files"


def file_target(file_id: str) -> Target:
    """The file as an operation names it."""
    return Target("file", file_id, f"{ROOT}/{file_id}")


async def require_file(gateway: Gateway, call: Call) -> None:
    """Raises 404 unless the tenant has the addressed file."""
    if await gateway.files.find(call.tenant, call.path["file_id"]) is None:
        raise Problem("file_not_found")


async def show_file(gateway: Gateway, file: Mapping[str, Any]) -> Json:
    """A file; with a fresh presigned download when it is ready."""
    if file["status"] != "ready":
        return render_file(file, None)
    seconds = gateway.settings.download_ttl_seconds
    signed = await gateway.objects.presign_get(
        file["storage_key"], file_name=file["file_name"], content_type=file["content_type"], ttl_seconds=seconds
    )
    return render_file(file, (signed.url, gateway.clock() + timedelta(seconds=seconds)))
