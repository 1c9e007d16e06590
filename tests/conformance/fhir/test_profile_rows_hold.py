"""Every row of a profile that an official example shows is enforced: what it demands is dropped, replaced or added, and it says so."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from priorbus.fhir_pas.domain.bases import PAS_2_0, PAS_2_2, Base
from priorbus.fhir_pas.domain.codes import PAS
from priorbus.fhir_pas.domain.profile.elements import Comparison
from priorbus.fhir_pas.domain.profile.patterns import at, holds, is_choice
from priorbus.fhir_pas.domain.profile.row import Row
from priorbus.fhir_pas.domain.profile.rows.index import PROFILES, releases
from priorbus.fhir_pas.domain.profile.table import Strictness

EXAMPLES = Path(__file__).parents[4] / "shared/fhir/examples"
pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared folder with the official examples is absent")
Json = dict[str, Any]
Rows = dict[str, Row]
FOLDERS = (("ig-pas-2.2.1", PAS_2_2), ("ig-pas-2.0.1", PAS_2_0))


def resources(node: Any) -> Iterator[Json]:
    """A resource and those inside it."""
    if isinstance(node, dict):
        if "resourceType" in node:
            yield node
        for value in node.values():
            yield from resources(value)
    elif isinstance(node, list):
        for value in node:
            yield from resources(value)


def shown(base: Base, folder: str) -> dict[str, list[Json]]:
    """The official resources by the profile that they name."""
    found: dict[str, list[Json]] = {}
    for file in sorted((EXAMPLES / folder).glob("*.json")):
        for resource in resources(json.loads(file.read_bytes())):
            for canonical in resource.get("meta", {}).get("profile", ()):
                name = canonical.partition("|")[0].removeprefix(PAS)
                if name in PROFILES and base.release in releases(name):
                    found.setdefault(name, []).append(resource)
    return found


def members(owner: Json, path: str, rows: Rows) -> list[tuple[str, int | None, Any]]:
    """What an owner holds at the last step of a path: the member's name, the place in its list, the value."""
    name, _, slice_name = path.rpartition(".")[2].partition(":")
    keys = [key for key in owner if is_choice(key, name[:-3])] if name.endswith("[x]") else [name] if name in owner else []
    found: list[tuple[str, int | None, Any]] = []
    for key in keys:
        listed = owner[key]
        found += [(key, place, value) for place, value in enumerate(listed)] if isinstance(listed, list) else [(key, None, listed)]
    return [one for one in found if not slice_name or belongs(rows[path], one[0], slice_name, one[2])]


def belongs(row: Row, key: str, slice_name: str, value: Any) -> bool:
    if row.url:
        return isinstance(value, dict) and value.get("url") == row.url
    if row.where is None:
        return key == slice_name
    return holds(at(value, row.where[0]) if row.where[0] else value, row.where[1])


def owners(resource: Json, path: str, rows: Rows) -> list[Json]:
    """Every object that may have the last step of the path."""
    steps, found = path.split("."), [resource]
    for length in range(1, len(steps)):
        stem = ".".join(steps[:length])
        if ":" in steps[length - 1] and stem not in rows:
            return []
        found = [value for owner in found for _, _, value in members(owner, stem, rows) if isinstance(value, dict)]
    return found


def without(owner: Json, path: str, rows: Rows) -> None:
    gone = members(owner, path, rows)
    for key, place, _ in sorted(gone, key=lambda one: one[1] or 0, reverse=True):
        if place is None:
            del owner[key]
            owner.pop(f"_{key}", None)
        else:
            del owner[key][place]


def replaced(owner: Json, path: str, rows: Rows) -> None:
    for key, place, value in members(owner, path, rows):
        other = (not value) if isinstance(value, bool) else {"text": "another"} if isinstance(value, dict) else "another"
        if place is None:
            owner[key] = other
        else:
            owner[key][place] = other


def added(owner: Json, path: str, rows: Rows) -> None:
    name = path.rpartition(".")[2]
    key = f"{name[:-3]}String" if name.endswith("[x]") else name
    owner[key] = [{"url": "urn:example:more"}] if key == "extension" else "too much"


def changes(row: Row, rows: Rows) -> Iterator[Callable[[Json, str, Rows], None]]:
    """How the row can be broken; what tells a slice apart is left alone, because then there is no slice any more."""
    if row.by or any(one.where and one.where[0] and f"{one.path}.{one.where[0]}".startswith(row.path) for one in rows.values()):
        return
    if row.least > 0:
        yield without
    if row.most == 0 and ":" not in row.path.rpartition(".")[2]:
        yield added
    if (row.fixed is not None or row.pattern is not None) and row.where is None:
        yield replaced


def reported(resource: Json, profile: str, base: Base) -> set[str]:
    comparison = Comparison(Strictness(base))
    comparison.resource(resource, profile, resource["resourceType"])
    return {issue.rule for issue in comparison.issues if issue.severity == "error"}


@pytest.mark.parametrize(("folder", "base"), FOLDERS)
def test_every_row_that_is_shown_is_enforced(folder: str, base: Base) -> None:
    broken: set[str] = set()
    silent: set[str] = set()
    for profile, found in shown(base, folder).items():
        rows = {row.path: row for row in PROFILES[profile] if base.release in row.releases}
        for row in rows.values():
            rule = f"P-{profile.removeprefix('profile-')}-{row.path}"
            for change in changes(row, rows):
                for resource in found:
                    candidates = [one for one in owners(resource, row.path, rows) if change is added or members(one, row.path, rows)]
                    if not candidates:
                        continue
                    altered = copy.deepcopy(resource)
                    change(owners(altered, row.path, rows)[0] if change is added else _first(altered, row.path, rows), row.path, rows)
                    (broken if rule in reported(altered, profile, base) else silent).add(f"{rule} {change.__name__}")
                    break
    assert silent == set()
    assert len(broken) > 80


def _first(resource: Json, path: str, rows: Rows) -> Json:
    return next(one for one in owners(resource, path, rows) if members(one, path, rows))
