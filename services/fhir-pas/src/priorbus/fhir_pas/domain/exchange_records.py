"""What the record of a `$submit` tells: kind of exchange, ids of organisations, results of items; nothing of persons (fhir-pas.md 26)."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from priorbus.fhir_pas.domain.codes import C4BB_TYPE, CLIA, NAIC, NPI
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import ItemDecision
from priorbus.fhir_pas.domain.profile.checks import has_code
from priorbus.fhir_pas.domain.references import CONTAINED
from priorbus.fhir_pas.domain.scene import Scene

_PUBLIC: Final = {
    NPI: re.compile(r"\d{10}"),
    CLIA: re.compile(r"\d{2}D\d{7}"),
    NAIC: re.compile(r"\d{5}"),
}
"""Identifiers that are in public registers. Others may be a person's: a tax number of who works alone is a social security number."""
_PAYER_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CANCELLED: Final = frozenset({"C"})


def exchange_kind(items: Iterable[ItemDecision], *, updates: bool) -> str:
    """Initial, update, or cancel when nothing else is left."""
    if not updates:
        return "initial"
    return "cancel" if {item.action for item in items} == _CANCELLED else "update"


def item_results(items: Iterable[ItemDecision]) -> str:
    """Sequence and review action of each item."""
    return " ".join(f"{item.sequence}={item.action}" for item in items)


def organisation_ids(scene: Scene) -> Mapping[str, str]:
    """The public identifiers of provider, its organisation and payer, as far as these are organisations."""
    found = {"provider_id": _of_entry(scene, scene.target("provider")), "group_id": _group(scene), "payer_id": _payer(scene)}
    return {name: value for name, value in found.items() if value}


def _payer(scene: Scene) -> str:
    return _of_entry(scene, scene.target("insurer"))


def _group(scene: Scene) -> str:
    """The organisation for which a practitioner works."""
    position = scene.target("provider")
    role = {} if position is None else scene.bundle["entry"][position]["resource"]
    if position is None or role["resourceType"] != "PractitionerRole":
        return ""
    target = scene.links.target(position, role.get("organization", {}).get("reference", ""))
    return _of_entry(scene, None if target == CONTAINED else target)


def _of_entry(scene: Scene, position: int | None) -> str:
    resource: Resource = {} if position is None else scene.bundle["entry"][position]["resource"]
    if resource.get("resourceType") != "Organization":
        return ""
    return next((one["value"] for one in resource.get("identifier", ()) if _is_public(one)), "")


def _is_public(identifier: Resource) -> bool:
    form = _PAYER_ID if has_code(identifier.get("type"), C4BB_TYPE, "payerid") else _PUBLIC.get(identifier.get("system", ""))
    value = identifier.get("value")
    return form is not None and isinstance(value, str) and form.fullmatch(value) is not None
