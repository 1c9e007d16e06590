"""Bytes put back into the resources that name them by URL, for a payer that can not fetch them (fhir-pas.md 17)."""

import base64
from collections.abc import Mapping
from typing import Any

from priorbus.fhir_pas.domain.fhir_json import Resource


def with_data(bundle: Resource, contents: Mapping[str, bytes]) -> Resource:
    """The Bundle with `data` in the place of each of these URLs."""
    restored: Resource = _restored(bundle, contents)
    return restored


def _restored(node: Any, contents: Mapping[str, bytes]) -> Any:
    if isinstance(node, list):
        return [_restored(one, contents) for one in node]
    if not isinstance(node, dict):
        return node
    url = node.get("url")
    if isinstance(url, str) and url in contents and "extension" not in node:
        rest = {name: value for name, value in node.items() if name != "url"}
        return {**rest, "data": base64.b64encode(contents[url]).decode()}
    return {name: _restored(value, contents) for name, value in node.items()}
