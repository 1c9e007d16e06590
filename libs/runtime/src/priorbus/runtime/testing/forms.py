"""How a store judges an uploaded form: signature, expiry and every condition of its policy; for the double of the object store."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from priorbus.runtime.objects.forms import FILE_NAME, FormSigner, signed

SIGNER = FormSigner("http://nowhere/priorbus", "priorbus", "us-east-1", "k", "s")
"""Signs the double's forms."""
_UNCOVERED = frozenset({"policy", "x-amz-signature", "file"})
_RANGE = "content-length-range"


@dataclass(frozen=True)
class Posted:
    """What the store answers: `key` of the new object with 201, else an S3 error code."""

    status: int
    key: str = ""
    code: str = ""


def judged(fields: Mapping[str, str], file_name: str, size: int, now: datetime) -> Posted:
    """The answer to a form with one file; parts after the file do not count."""
    policy = _policy(fields)
    if policy is None or _expires(policy) <= now:
        return Posted(403, code="AccessDenied")
    key = fields.get("key", "").replace(FILE_NAME, base_name(file_name))
    values = {**fields, "key": key, "bucket": SIGNER.bucket}
    conditions = [_normal(condition) for condition in policy["conditions"]]
    least, most = next((low, high) for kind, low, high in conditions if kind == _RANGE)
    fixed = [condition for condition in conditions if condition[0] != _RANGE]
    if not all(_holds(condition, values) for condition in fixed) or not _covered(fields, {name for _, name, _ in fixed}):
        return Posted(403, code="AccessDenied")
    if not least <= size <= most:
        return Posted(400, code="EntityTooSmall" if size < least else "EntityTooLarge")
    return Posted(201, key)


def base_name(file_name: str) -> str:
    """The last part of a path, whichever slashes it has."""
    return re.split(r"[/\\]", file_name)[-1]


def _policy(fields: Mapping[str, str]) -> Any:
    """The policy if its signature is good."""
    text = fields.get("policy", "")
    day = fields.get("x-amz-date", "")[:8]
    if fields.get("x-amz-signature") != signed(text, SIGNER.secret_key, day, SIGNER.region):
        return None
    return json.loads(base64.b64decode(text))


def _expires(policy: Any) -> datetime:
    return datetime.fromisoformat(policy["expiration"])


def _normal(condition: Any) -> tuple[str, Any, Any]:
    """`eq`, `starts-with` or the range, with the field's name in lower case."""
    if isinstance(condition, dict):
        ((name, value),) = condition.items()
        return "eq", name.lower(), value
    kind, subject, value = condition
    return kind, subject if kind == _RANGE else subject.removeprefix("$").lower(), value


def _holds(condition: tuple[str, Any, Any], values: Mapping[str, str]) -> bool:
    kind, name, wanted = condition
    given = {field.lower(): value for field, value in values.items()}.get(name, "")
    return given.startswith(wanted) if kind == "starts-with" else given == wanted


def _covered(fields: Mapping[str, str], names: set[str]) -> bool:
    given = {name.lower() for name in fields}
    return all(name in names or name in _UNCOVERED or name.startswith("x-ignore-") for name in given)
