"""What a Subscription resource asks for: rules N-1 to N-10 (fhir-pas.md 14.1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.subscriptions.vocabulary import CHANNEL_TYPE, CONTENT, CONTENTS, FILTER, HEARTBEAT, TIMEOUT, TOPIC, Content

HIDDEN: Final = "***"
"""What stands for the value of a channel header wherever it is shown; sent back, it means the value that is kept."""
_FILTER_KEYS = frozenset({"org-identifier", "orgIdentifier"})
_PAYLOADS = ("application/fhir+json", "application/json")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\x20-\x7e\t]*)")
_NOT_YOURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_TIMEOUT_USUAL, _TIMEOUT_MOST, _HEARTBEAT_LEAST = 20, 60, 30


class Channel(BaseModel):
    """Where and how notifications go. `header` holds the lines as sealed bytes, in their order."""

    model_config = ConfigDict(frozen=True)

    endpoint: str
    payload: str
    content: Content
    header: tuple[bytes, ...] = ()
    timeout_seconds: int = _TIMEOUT_USUAL
    heartbeat_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A Subscription that keeps to the rules. `filters` are AND-ed, the values in each OR-ed; `header` is not sealed yet."""

    channel: Channel
    filters: tuple[tuple[str, ...], ...]
    header: tuple[str, ...]
    end: datetime | None


def issues(resource: Resource, base: Base) -> tuple[Issue, ...]:
    """What is wrong with it, as far as the resource alone tells."""
    return tuple(_issues(resource, base))


def wanted(resource: Resource) -> Wanted:
    """What it asks for; only for a resource without issues."""
    channel = resource["channel"]
    heartbeat = _extension(channel, HEARTBEAT)
    timeout = _extension(channel, TIMEOUT) or _TIMEOUT_USUAL
    return Wanted(
        Channel(
            endpoint=channel["endpoint"],
            payload=channel["payload"],
            content=_extension(channel.get("_payload"), CONTENT),
            timeout_seconds=min(int(timeout), _TIMEOUT_MOST),
            heartbeat_seconds=None if heartbeat is None else max(int(heartbeat), _HEARTBEAT_LEAST),
        ),
        tuple(_values(one) for one in _filters(resource)),
        tuple(channel.get("header", ())),
        _moment(resource.get("end")),
    )


def owned(filters: tuple[tuple[str, ...], ...], identifiers: tuple[str, ...]) -> bool:
    """Whether each value is a registered identifier: `value`, or `system|value` (N-3)."""
    known = {form for identifier in identifiers for form in (identifier, identifier.rpartition("|")[2])}
    return all(value in known for values in filters for value in values)


def shown_header(lines: tuple[str, ...]) -> list[str]:
    """Header lines without their values."""
    return [f"{line.partition(':')[0]}: {HIDDEN}" for line in lines]


def _issues(resource: Resource, base: Base) -> Iterator[Issue]:
    if resource.get("criteria") != TOPIC:
        yield _issue("N-1", "not-supported", "Unknown topic", f"expected {TOPIC}", "criteria")
    yield from _filter_issues(resource)
    channel = resource.get("channel", {})
    if channel.get("type") != "rest-hook" or _has(channel.get("_type"), CHANNEL_TYPE):
        yield _issue("N-4", "not-supported", "Unknown channel", "expected rest-hook alone", "channel.type")
    content = _extension(channel.get("_payload"), CONTENT)
    if channel.get("payload") not in _PAYLOADS or content not in CONTENTS[base.release]:
        text = f"expected {' or '.join(_PAYLOADS)} with content {' or '.join(CONTENTS[base.release])}"
        yield _issue("N-5", "not-supported", "Unknown payload", text, "channel.payload")
    if "endpoint" not in channel:
        yield _issue("N-6", "value", "Endpoint is not allowed", "endpoint is missing", "channel.endpoint")
    yield from _header_issues(channel)
    for url in (TIMEOUT, HEARTBEAT):
        if _has(channel, url) and not _is_positive(_extension(channel, url)):
            yield _issue("N-10", "value", "Not a number of seconds", "expected a positive integer", "channel.extension")
    if not resource.get("reason"):
        yield _issue("N-8", "required", "Reason is missing", "reason is missing", "reason")


def _filter_issues(resource: Resource) -> Iterator[Issue]:
    extensions = resource.get("_criteria", {}).get("extension", ())
    filters = list(_filters(resource))
    usable = all(key in _FILTER_KEYS and all(_values(text)) for text in filters for key in (text.partition("=")[0],))
    if not filters or len(filters) != len(extensions) or not usable:
        text = "expected filters org-identifier=value, or orgIdentifier=value, and no other extension"
        yield _issue("N-2", "not-supported", "Filter can not be used", text, "criteria.extension")


def _header_issues(channel: Resource) -> Iterator[Issue]:
    for position, line in enumerate(channel.get("header", ())):
        match = _HEADER.fullmatch(line)
        name = match[1].lower() if match else ""
        wrong_type = name == "content-type" and match is not None and not match[2].startswith(channel.get("payload", ""))
        if not name or name in _NOT_YOURS or wrong_type:
            text = "expected `Name: value`, and none of Host, Content-Length, Transfer-Encoding, Connection"
            yield _issue("N-7", "value", "Header is not allowed", text, f"channel.header[{position}]")


def _issue(rule: str, code: str, text: str, diagnostics: str, path: str) -> Issue:
    return Issue(rule, "error", code, text, diagnostics, f"Subscription.{path}")


def _filters(resource: Resource) -> Iterator[str]:
    for one in resource.get("_criteria", {}).get("extension", ()):
        if one.get("url") == FILTER:
            yield str(one.get("valueString", ""))


def _values(text: str) -> tuple[str, ...]:
    return tuple(text.partition("=")[2].split(","))


def _is_positive(value: Any) -> bool:
    return type(value) is int and value > 0


def _has(element: Any, url: str) -> bool:
    return any(one.get("url") == url for one in (element or {}).get("extension", ()))


def _extension(element: Any, url: str) -> Any:
    """The value of the element's extension, None when it has none."""
    for one in (element or {}).get("extension", ()):
        if one.get("url") == url:
            return next((value for name, value in one.items() if name.startswith("value")), None)
    return None


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    moment = datetime.fromisoformat(text)
    # to the millisecond, as everything is kept
    return moment.astimezone(UTC) - timedelta(microseconds=moment.microsecond % 1000)
