"""What a resource can be found by, as plain texts `parameter=value`, so that one index answers every search (fhir-pas.md 18)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from priorbus.fhir_pas.domain.codes import extension
from priorbus.fhir_pas.domain.fhir_json import Resource

TRACKING = "tracking"
"""The parameter, not open to clients, by which attachments find what they belong to (fhir-pas.md 16)."""
NUMBER = "referenceNumber"
"""The parameter, not open to clients, by which they find it under a payer's number, whatever system the number is said to have."""
ASKED = "communicationRequest"
"""The parameter, not open to clients, that leads from a CommunicationRequest to its ClaimResponse."""
SUPPORTING = "supportingInfo"
"""The parameter, not open to clients, that leads from a resource to the Claims it was attached to."""
_REFERENCES = ("patient", "subject", "request", "for", "beneficiary")
_DAY = len("2026-01-01")
_CODES = ("use", "outcome", "status")


def search_terms(content: Resource) -> tuple[str, ...]:
    """Every term of a resource, each once."""
    return tuple(dict.fromkeys(_terms(content)))


def _terms(content: Resource) -> Iterator[str]:
    for token in _identifier_tokens(_listed(content.get("identifier"))):
        yield f"identifier={token}"
        yield f"{TRACKING}={token}"
    yield from _reference_terms(content)
    for asked in content.get("communicationRequest", ()):
        if isinstance(asked, dict) and isinstance(asked.get("reference"), str):
            yield f"{ASKED}={asked['reference'].rsplit('/', 1)[-1]}"
    yield from (f"{name}={content[name]}" for name in _CODES if isinstance(content.get(name), str))
    if content["resourceType"] == "Subscription":
        yield f"url={content.get('channel', {}).get('endpoint', '')}"
    yield from _line_terms(content)


def _line_terms(content: Resource) -> Iterator[str]:
    for info in content.get("supportingInfo", ()):
        yield from _supporting_terms(info)
    for item in content.get("item", ()):
        if isinstance(item, dict):
            yield from _item_terms(item)


def _supporting_terms(info: Any) -> Iterator[str]:
    if isinstance(info, dict) and isinstance(info.get("valueReference"), dict):
        yield f"{SUPPORTING}={info['valueReference'].get('reference', '')}"


def _reference_terms(content: Resource) -> Iterator[str]:
    for name in _REFERENCES:
        reference = content.get(name)
        if isinstance(reference, dict) and isinstance(reference.get("reference"), str):
            parameter = "patient" if name in ("for", "beneficiary", "subject") else name
            yield from (f"{parameter}={text}" for text in _reference_texts(reference["reference"]))


def _item_terms(item: Resource) -> Iterator[str]:
    for one in item.get("extension", ()):
        if one.get("url") == extension("itemTraceNumber"):
            for token in _identifier_tokens([one.get("valueIdentifier", {})]):
                yield f"{TRACKING}={token}"
        elif one.get("url") == extension("administrationReferenceNumber") and "valueString" in one:
            yield f"{TRACKING}={one['valueString']}"
            yield f"{NUMBER}={one['valueString']}"


def date_start(value: object) -> datetime | None:
    """The first instant of a FHIR date or dateTime, None when it is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value if len(value) >= _DAY else (value + "-01-01")[:_DAY])
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def token_text(identifier: Resource) -> str:
    """The term value that finds an Identifier: `system|value`, or `value` where it names no system."""
    value = str(identifier.get("value", ""))
    return f"{identifier['system']}|{value}" if identifier.get("system") else value


def _identifier_tokens(identifiers: Iterable[Any]) -> Iterator[str]:
    for one in identifiers:
        if isinstance(one, dict) and isinstance(one.get("value"), str):
            yield one["value"]
            yield f"{one.get('system', '')}|{one['value']}"


def _reference_texts(text: str) -> tuple[str, ...]:
    """`Type/id` and `id`, so that both forms of a search value find it."""
    parts = text.rsplit("/", 2)
    return (text, parts[-1]) if len(parts) > 1 else (text,)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
