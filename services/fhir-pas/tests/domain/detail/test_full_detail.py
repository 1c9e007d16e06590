"""FHIR-33 without a stack: full answers keep to their profiles, and over four codes every must-support element occurs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from priorbus.fhir_pas.adapters.sandbox.rule_table import default_table
from priorbus.fhir_pas.adapters.sandbox.verdicts import decide_by_rules
from priorbus.fhir_pas.domain.bases import PAS_2_0, PAS_2_2, Base
from priorbus.fhir_pas.domain.fhir_json import Resource, dump, parse
from priorbus.fhir_pas.domain.identity_map import assign_server_keys
from priorbus.fhir_pas.domain.late_answers import first_answer
from priorbus.fhir_pas.domain.normalise import payer_request
from priorbus.fhir_pas.domain.profile.elements import Comparison
from priorbus.fhir_pas.domain.profile.row import Row
from priorbus.fhir_pas.domain.profile.rows.index import PROFILES
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.response_bundle import entries
from priorbus.fhir_pas.domain.scene import Scene
from priorbus.fhir_pas.domain.structure.check import check_structure
from priorbus.fhir_pas.domain.validation import Rejection, validate_submission

SHARED = Path(__file__).parents[6] / "shared/fhir"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
KINDS = {"ClaimResponse": "profile-claimresponse", "CommunicationRequest": "profile-communicationrequest", "Task": "profile-task"}
CODES = ({1: "PB007"}, {1: "PB010", 2: "PB012"}, {1: "PB011", 2: "PB010"}, {1: "PB008"}, {1: "PB002"})
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder with the official examples is absent")


def answered(codes: dict[int, str], base: Base = PAS_2_2) -> list[Resource]:
    """The resources of the response that the server makes itself."""
    version = "2.2.1" if base is PAS_2_2 else "2.0.1"
    sent = json.loads((SHARED / f"examples/ig-pas-{version}/Bundle-HomecareAuthorizationBundleExample.json").read_bytes())
    for item in sent["entry"][0]["resource"]["item"]:
        item["productOrService"]["coding"][0]["code"] = codes.get(item["sequence"], "PB001")
    validated = validate_submission(json.dumps(sent), Strictness(base))
    assert not isinstance(validated, Rejection)
    request = payer_request(validated.bundle, "s", "fhir", base.path, NOW)
    scene = Scene(
        submission_id="s",
        authorization_id="a",
        response_id="r",
        bundle=validated.bundle,
        links=validated.links,
        keys=assign_server_keys(validated.bundle, "ehr1", "s"),
        answer=first_answer(decide_by_rules(default_table(), request), "2026-01-05"),
        public_base="https://pas.example.test",
        created=NOW,
    )
    made = [one["resource"] for one in entries(scene, base, {})]
    return [parse(dump(one)) for one in made if one["resourceType"] in KINDS]


@pytest.mark.parametrize("base", [PAS_2_2, PAS_2_0])
@pytest.mark.parametrize("codes", CODES)
def test_answers_keep_to_their_profiles(codes: dict[int, str], base: Base) -> None:
    for resource in answered(codes, base):
        assert check_structure(resource, modifiers="error").issues == ()
        comparison = Comparison(Strictness(base))
        comparison.resource(resource, KINDS[resource["resourceType"]], resource["resourceType"])
        assert comparison.issues == []


def members(name: str, value: Any, rows: dict[str, Row], path: str) -> Iterator[str]:
    """The element paths, as snapshots name them, that a value occupies."""
    for one in value if isinstance(value, list) else [value]:
        yield path
        at = [path]
        for row in rows.values():
            stem, _, piece = row.path.rpartition(":")
            if stem == path and piece and belongs(one, row):
                yield row.path
                at.append(row.path)
        if isinstance(one, dict):
            for member, inner in one.items():
                for where in at:
                    yield from members(member, inner, rows, f"{where}.{member}" if where else member)


def belongs(value: Any, row: Row) -> bool:
    if row.url:
        return bool(value.get("url") == row.url)
    if row.where is None:
        return False
    wanted = row.where[1]["coding"][0]["code"] if isinstance(row.where[1], dict) else row.where[1]
    return wanted in json.dumps(value.get("type", {}))


@pytest.mark.parametrize("kind", KINDS)
def test_every_must_support_element_occurs(kind: str) -> None:
    """Source: the published snapshots."""
    definition = json.loads((SHARED / f"ig/pas-2.2.1/StructureDefinition-{KINDS[kind]}.json").read_bytes())
    wanted = {one["id"].partition(".")[2] for one in definition["snapshot"]["element"] if one.get("mustSupport")}
    rows = {row.path: row for row in PROFILES[KINDS[kind]] if "2.2" in row.releases}
    found = set[str]()
    for codes in CODES[:3]:
        for resource in answered(codes):
            if resource["resourceType"] == kind:
                found |= {place for name, value in resource.items() for place in members(name, value, rows, name)}
    shown = {path for path in wanted if path in found or any(_is_choice(path, one) for one in found)}
    assert wanted - shown == set()


def _is_choice(path: str, found: str) -> bool:
    return path.endswith("[x]") and found.startswith(path[:-3]) and "." not in found[len(path) - 3 :]


def test_nothing_more_is_shown_where_no_rule_asks_for_it() -> None:
    (response,) = answered({1: "PB001"})
    assert "adjudication" not in response
