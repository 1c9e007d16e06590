"""Who is meant where a Claim names nobody (fhir-pas.md 7)."""

from collections.abc import Mapping

from priorbus.fhir_pas.domain.claim_bundle.elements import given
from priorbus.fhir_pas.domain.fhir_json import Resource


def stand_ins(insurer: str, registered: tuple[str, ...]) -> Mapping[str, Resource]:
    """Identifiers by role: the tenant's default payer, and the client, by the first of its registered identifiers.

    All are `value` or `system|value`; an empty `insurer` is none.
    """
    named = {"insurer": insurer, "provider": next(iter(registered), "")}
    return {role: _identifier(text) for role, text in named.items() if text}


def _identifier(text: str) -> Resource:
    system, _, value = text.rpartition("|")
    return given(system=system, value=value)
