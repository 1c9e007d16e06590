"""SMART v2 system scopes, v1 forms accepted (Conventions 3.4, 3.5).

The gateway checks those that do not depend on the body, the fhir-pas service the others.
"""

import re
from collections.abc import Iterable

_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_V2 = re.compile(r"c?r?u?d?s?")
_PARTS = 2


def is_scope(scope: str) -> bool:
    """Whether the text is a well-formed system scope."""
    return _grant(scope) is not None


def grants(scopes: Iterable[str], wanted: str) -> bool:
    """Whether the granted scopes together permit every letter of `wanted`, for example `system/Claim.cu`."""
    need = _grant(wanted)
    if need is None:
        raise ValueError("not a system scope")
    resource, letters = need
    have = {letter for grant in map(_grant, scopes) if grant and grant[0] in (resource, "*") for letter in grant[1]}
    return set(letters) <= have


def _grant(scope: str) -> tuple[str, str] | None:
    context, _, rest = scope.partition("/")
    parts = rest.split(".")
    if context != "system" or len(parts) != _PARTS or not parts[0]:
        return None
    letters = _V1.get(parts[1], parts[1])
    return (parts[0], letters) if letters and _V2.fullmatch(letters) else None
