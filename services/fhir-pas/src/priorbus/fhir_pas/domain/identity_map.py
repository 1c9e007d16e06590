"""Which id every entry of a request gets in the store, and its references rewritten to `Type/id` (fhir-pas.md 7)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity import urn_of, uuid_of
from priorbus.fhir_pas.domain.references import CONTAINED, Links

_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_SERVER_META = frozenset({"versionId", "lastUpdated"})


def wanted_key(resource: Resource) -> str | None:
    """`Type/id` as the request names the resource, None without a usable id."""
    identity = resource.get("id")
    return f"{resource['resourceType']}/{identity}" if isinstance(identity, str) and _ID.fullmatch(identity) else None


def assign_keys(bundle: Resource, seed: str, is_foreign: Callable[[str], bool]) -> tuple[str, ...]:
    """`Type/id` of each entry: the request's id, or a new UUID where there is none or it belongs to another client.

    `seed` makes new ids the same each time the same request is worked on.
    """
    keys = []
    for position, entry in enumerate(bundle["entry"]):
        key = wanted_key(entry["resource"])
        if key is None or is_foreign(key):
            key = f"{entry['resource']['resourceType']}/{uuid_of('entry', seed, str(position))}"
        keys.append(key)
    return tuple(keys)


def assign_server_keys(bundle: Resource, client: str, seed: str) -> tuple[str, ...]:
    """`Type/id` on `/pas/*`: new for each Claim, for other resources the same whenever the client sends the same fullUrl."""
    keys = []
    for position, entry in enumerate(bundle["entry"]):
        kind = entry["resource"]["resourceType"]
        url = None if kind == "Claim" else entry.get("fullUrl")
        identity = uuid_of("resource", client, kind, url) if url else uuid_of("entry", seed, str(position))
        keys.append(f"{kind}/{identity}")
    return tuple(keys)


def entry_url(bundle: Resource, position: int, seed: str) -> str:
    """An entry's fullUrl; where the request has none, one that stays the same in every echo."""
    url = bundle["entry"][position].get("fullUrl")
    return str(url) if url else urn_of("entry-url", seed, str(position))


def stored_contents(bundle: Resource, links: Links, keys: tuple[str, ...]) -> tuple[Resource, ...]:
    """Each entry's resource as it is stored: its id, and references to `Type/id`; what did not resolve stays as text."""
    contents = []
    for position, entry in enumerate(bundle["entry"]):
        texts = {}
        for link in links.links:
            if link.source == position and link.target is not None and link.target != CONTAINED and link.text != keys[link.target]:
                texts[link.text] = keys[link.target]
        content = _rewritten(entry["resource"], texts) if texts else dict(entry["resource"])
        content["id"] = keys[position].partition("/")[2]
        contents.append(_without_server_meta(content))
    return tuple(contents)


def _without_server_meta(content: Resource) -> Resource:
    meta = {name: value for name, value in content.get("meta", {}).items() if name not in _SERVER_META}
    rest = {name: value for name, value in content.items() if name != "meta"}
    return {**rest, "meta": meta} if meta else rest


def _rewritten(node: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {
            name: texts.get(value, value) if name == "reference" and isinstance(value, str) else _rewritten(value, texts)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_rewritten(value, texts) for value in node]
    return node
