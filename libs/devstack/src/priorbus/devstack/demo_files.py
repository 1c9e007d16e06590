"""The demo's part about files."""

from urllib.parse import urlsplit

from priorbus.devstack import cases
from priorbus.devstack.client import Client
from priorbus.devstack.narration import say, show


async def file_upload(client: Client) -> str:
    """A file by presigned PUT: the bytes never pass Priorbus, and are checked before the file is ready; returns its id."""
    say("POST /v1/files: describe a file, get an upload target that works once")
    content = cases.pdf(20_000)
    request = {"fileName": "clinical-note.pdf", "contentType": "application/pdf", "purpose": "authorization_attachment"}
    created = (await client.succeed("POST", "/v1/files", request | {"sizeBytes": len(content)})).json
    file, upload = created["file"], created["upload"]
    target = urlsplit(upload["url"])
    show(
        id=file["id"],
        status=file["status"],
        upload=f"{upload['method']} {target.scheme}://{target.netloc}{target.path}?…",
        headers=upload["headers"],
    )

    say("PUT the bytes straight to the object store, exactly as told; a second PUT is refused by the store")
    for attempt in ("first", "second"):
        answer = await client.call(upload["method"], upload["url"], content, headers=upload["headers"])
        show(**{f"{attempt}_put": answer.status})

    say("POST …/complete: size, content and checksum are taken from what is there, not from what was said")
    ready = (await client.succeed("POST", f"/v1/files/{file['id']}/complete")).json
    show(status=ready["status"], size=ready["sizeBytes"], sha256=ready["checksumSha256"], scan=ready["scan"]["status"])
    download = await client.succeed("GET", ready["downloadUrl"])
    show(download=f"{download.status}, the same bytes: {download.body == content}", until=ready["downloadUrlExpiresAt"])
    return str(file["id"])
