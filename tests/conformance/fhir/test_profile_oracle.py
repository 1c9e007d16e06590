"""The element rows against the published snapshots: every constraint has its row, and no row says something else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from priorbus.fhir_pas.domain.bases import Release
from priorbus.fhir_pas.domain.codes import PAS
from priorbus.fhir_pas.domain.profile.row import Row
from priorbus.fhir_pas.domain.profile.rows.extensions import EXTENSIONS
from priorbus.fhir_pas.domain.profile.rows.index import PROFILES, releases
from priorbus.fhir_pas.domain.profile.selection import NUMBERED

IG = Path(__file__).parents[4] / "shared/fhir/ig"
VERSIONS: tuple[tuple[str, Release], ...] = (("pas-2.2.1", "2.2"), ("pas-2.0.1", "2.0"))
ABSTRACT = {"profile-claim-base", "profile-claimresponse-base"}
"""Never the profile of a resource: each of their rows is repeated in the profiles made from them."""
OTHER = {"PASMetricData"}
"""A logical model, no resource."""
pytestmark = pytest.mark.skipif(not IG.is_dir(), reason="the shared folder with the published profiles is absent")
Element = dict[str, Any]


def definitions() -> Iterator[tuple[str, Release]]:
    for folder, release in VERSIONS:
        for file in sorted((IG / folder).glob("StructureDefinition-*.json")):
            name = file.stem.removeprefix("StructureDefinition-")
            if name not in ABSTRACT | OTHER:
                yield name, release


CASES = list(definitions()) if IG.is_dir() else []


def elements(name: str, release: Release) -> dict[str, Element]:
    """The snapshot's elements by id without the root."""
    folder = next(folder for folder, known in VERSIONS if known == release)
    snapshot = json.loads((IG / folder / f"StructureDefinition-{name}.json").read_bytes())["snapshot"]["element"]
    return {element["id"].partition(".")[2]: element for element in snapshot[1:]}


def rows(name: str, release: Release) -> dict[str, Row]:
    """The table's rows by path; a path that occurs twice in one release is an error."""
    found = [row for row in (PROFILES.get(name) or EXTENSIONS.get(name, ())) if release in row.releases]
    assert len({row.path for row in found}) == len(found)
    return {row.path: row for row in found}


def constant(element: Element) -> Any:
    return next((value for key, value in element.items() if key.startswith(("fixed", "pattern"))), None)


def is_constrained(element: Element) -> bool:
    """Whether a snapshot element says more than base R4 does, in cardinality, constant or slice minimum."""
    base = element["base"]
    narrowed = (element["min"], element["max"]) != (base["min"], base["max"])
    return narrowed or constant(element) is not None or ("sliceName" in element and element["min"] > 0)


def is_url(path: str) -> bool:
    """An extension's `url` is what a row's `url` selects by."""
    return path == "url" or path.endswith(".url")


@pytest.mark.parametrize(("name", "release"), CASES)
def test_every_constraint_has_its_row(name: str, release: Release) -> None:
    table = rows(name, release)
    wanted = {path for path, element in elements(name, release).items() if is_constrained(element) and not is_url(path)}
    assert wanted <= table.keys()


@pytest.mark.parametrize(("name", "release"), CASES)
def test_no_row_contradicts_the_snapshot(name: str, release: Release) -> None:
    published = elements(name, release)
    for path, row in rows(name, release).items():
        element = published[path]
        assert row.card == f"{element['min']}..{element['max']}", path
        expected = constant(element)
        assert (row.fixed if row.fixed is not None else row.pattern) == (None if row.url else expected), path
        assert (row.fixed is not None) == (any(key.startswith("fixed") for key in element)), path
        if row.types:
            assert set(row.types) == {kind["code"] for kind in element["type"]}, path


@pytest.mark.parametrize(("name", "release"), CASES)
def test_targets_and_slices_are_the_published_ones(name: str, release: Release) -> None:
    published = elements(name, release)
    for path, row in rows(name, release).items():
        kinds = published[path].get("type", [])
        targets = {canonical.partition("|")[0] for kind in kinds for canonical in kind.get("targetProfile", ())}
        assert {PAS + target for target in row.targets} == {target for target in targets if target.startswith(PAS)}, path
        if row.where is not None and row.where[0] and f"{path}.{row.where[0]}" in published:
            assert row.where[1] == constant(published[f"{path}.{row.where[0]}"]), path
        if row.url and f"{path}.url" in published:
            assert row.url == constant(published[f"{path}.url"]), path


@pytest.mark.parametrize(("name", "release"), CASES)
def test_a_row_left_to_a_numbered_rule_is_left_to_one_that_exists(name: str, release: Release) -> None:
    known = {rule.id for rule in NUMBERED.get(name, ()) if release in rule.releases}
    bundle_rules = {f"B-{number}" for number in range(1, 16)}
    for path, row in rows(name, release).items():
        assert not row.by or row.by in known or row.by in bundle_rules, path


@pytest.mark.parametrize("release", ["2.2", "2.0"])
def test_the_tables_hold_the_published_profiles_and_no_other(release: Release) -> None:
    published = {name for name, known in CASES if known == release}
    tables = {name for name in PROFILES if release in releases(name)}
    extensions = {name for name, table in EXTENSIONS.items() if any(release in row.releases for row in table)}
    assert tables == {name for name in published if name.startswith("profile-")}
    assert extensions == {name for name in published if not name.startswith("profile-")}
