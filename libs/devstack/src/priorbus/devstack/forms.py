"""Forms as browsers send them: multipart/form-data with the file last."""

import io
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from xml.etree import ElementTree as ET

import aiohttp

from priorbus.devstack.cases import JsonObject


@dataclass(frozen=True)
class Posted:
    """What an object store answered: `members` are those of its XML, Location, Bucket and Key with 201, else an error's Code."""

    status: int
    members: Mapping[str, str]

    @property
    def key(self) -> str:
        """The key of the new object."""
        return self.members.get("Key", "") if self.status == HTTPStatus.CREATED else ""

    @property
    def code(self) -> str:
        """What kind of error it was."""
        return self.members.get("Code", "")


async def post_form(
    url: str,
    fields: Mapping[str, str],
    file_name: str,
    content: bytes,
    *,
    part_type: str = "application/pdf",
    after: Mapping[str, str] | None = None,
) -> Posted:
    """Post a form with one file to an object store; `after` are fields behind the file."""
    boundary = f"----form{secrets.token_hex(12)}"
    parts = [_field(name, value) for name, value in fields.items()]
    parts.append(_part(f'name="file"; filename="{_quoted(file_name)}"\r\nContent-Type: {part_type}', content))
    parts += [_field(name, value) for name, value in (after or {}).items()]
    body = b"".join(f"--{boundary}\r\n".encode() + part for part in parts) + f"--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    async with aiohttp.ClientSession() as http, http.post(url, data=io.BytesIO(body), headers=headers, allow_redirects=False) as answer:
        return _read(answer.status, await answer.read())


async def upload(presigned_post: JsonObject, file_name: str, content: bytes, **fields: str) -> str:
    """Carry out a presigned post, further fields included; the upload_url that registers it. Raises RuntimeError on a refusal."""
    posted = await post_form(presigned_post["url"], {**presigned_post["fields"], **fields}, file_name, content)
    if not posted.key:
        raise RuntimeError(f"the object store refused the form: {posted.status} {posted.code}")
    return f"{presigned_post['url']}/{posted.key}"


def _field(name: str, value: str) -> bytes:
    return _part(f'name="{name}"', value.encode())


def _part(disposition: str, content: bytes) -> bytes:
    return f"Content-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n"


def _quoted(file_name: str) -> str:
    """As the HTML standard has it: only quotes and line breaks are encoded."""
    return file_name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _read(status: int, body: bytes) -> Posted:
    try:
        root = ET.fromstring(body)  # noqa: S314 - the answer of our own object store
    except ET.ParseError:
        return Posted(status, {})
    return Posted(status, {node.tag.rpartition("}")[2]: node.text or "" for node in root})
