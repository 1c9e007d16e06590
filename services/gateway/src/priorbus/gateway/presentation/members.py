"""The same small task everywhere: a document of the contracts (snake_case) as wire members, those without a value left out."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def renamed(source: Mapping[str, Any], names: Mapping[str, str]) -> Json:
    """The named members under their wire names, None left out."""
    return {wire: source[name] for name, wire in names.items() if source.get(name) is not None}
