"""`priorbus catalog` on the real database (AUTH-113, AUTH-114)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from services.requirements.tests.domain.catalog.conftest import template
from typer.testing import CliRunner

from priorbus.requirements.adapters.catalogue_files import SHIPPED
from priorbus.requirements.catalog_commands import app

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run() -> Run:
    """Run a command with --json: exit code and answer."""

    def command(*arguments: str) -> tuple[int, Any]:
        result = CliRunner().invoke(app, [*arguments, "--json"])
        return result.exit_code, json.loads(result.stdout)

    return command


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, mongo_url: str, database_prefix: str) -> None:
    """An empty database for the commands."""
    monkeypatch.setenv("PRIORBUS_MONGO_URL", mongo_url)
    monkeypatch.setenv("PRIORBUS_MONGO_DATABASE_PREFIX", database_prefix)


def write(folder: Path, *changes: dict[str, Any]) -> str:
    """A folder of templates: the smallest one with changes each."""
    folder.mkdir(exist_ok=True)
    for number, change in enumerate(changes):
        (folder / f"{number}.json").write_text(json.dumps(template().model_dump(mode="json", by_alias=True) | change))
    return str(folder)


def items(*changes: dict[str, Any], repeats: bool = False) -> dict[str, Any]:
    """The member `groups` of a template with these items."""
    filled = [{"text": "T", "answerType": "string", **change} for change in changes]
    return {"groups": [{"id": "q.g", "title": "G", "items": filled, "repeats": repeats, "maxOccurs": 2}]}


@pytest.mark.parametrize(
    ("groups", "code"),
    [
        (
            items(
                {"linkId": "q.a", "requiredWhen": {"linkId": "q.b", "op": "exists"}},
                {"linkId": "q.b", "requiredWhen": {"linkId": "q.a", "op": "exists"}},
            ),
            "cycle",
        ),
        (items({"linkId": "q.1.a"}), "malformed_link_id"),
        (items({"linkId": "q.a", "requiredWhen": {"linkId": "q.b", "op": "exists"}}), "unknown_operand"),
        (items({"linkId": "q.a"}, {"linkId": "q.b", "requiredWhen": {"linkId": "q.a", "op": "gt", "value": 1}}), "operand_type"),
        (items({"linkId": "q.a"}, {"linkId": "q.a"}), "duplicate_link_id"),
        (items({"linkId": "q.g.a", "defaultValue": {"valueString": "x"}}, repeats=True), "default_in_repeating_group"),
    ],
)
def test_one_finding_for_one_defect(run: Run, tmp_path: Path, groups: dict[str, Any], code: str) -> None:
    exit_code, answer = run("lint", "--templates", write(tmp_path / "templates", groups))
    assert exit_code == 1
    assert [finding["code"] for finding in answer["findings"]] == [code]


def test_the_shipped_catalogue_is_clean(run: Run) -> None:
    assert run("lint") == (0, {"templates": 3, "payers": 4, "findings": []})


def test_unreadable_files(run: Run, tmp_path: Path) -> None:
    exit_code, answer = run("lint", "--templates", str(tmp_path / "none"))
    assert exit_code == 1
    assert "no folder" in answer["error"]["message"]


def test_findings_for_people(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["lint", "--templates", write(tmp_path / "templates", items({"linkId": "q.1.a"}))])
    assert result.exit_code == 1
    assert result.stdout.startswith("t@1  q.1.a  malformed_link_id: ")


@pytest.mark.usefixtures("database")
def test_load_and_list(run: Run) -> None:
    news = {
        "templates": ["dme-hospital-bed@1", "drug-adalimumab@1", "imaging-mri-brain@1"],
        "payers": ["payer_evergreen", "payer_harbor", "payer_summit", "payer_dormant"],
    }
    assert run("load", "--dry-run") == (0, {**news, "dryRun": True})
    assert run("list") == (0, {"templates": []})
    assert run("load") == (0, {**news, "dryRun": False})
    assert run("load") == (0, {"templates": [], "payers": [], "dryRun": False})
    exit_code, listed = run("list")
    assert exit_code == 0
    assert [row["templateId"] for row in listed["templates"]] == ["dme-hospital-bed", "drug-adalimumab", "imaging-mri-brain"]
    assert listed["templates"][2]["match"]["serviceCodes"] == [{"system": "cpt", "code": "70553"}]
    line = CliRunner().invoke(app, ["list"]).stdout.splitlines()[2]
    assert line == "imaging-mri-brain@1  outpatient  cpt 70553  payers payer_evergreen, payer_harbor  states *"


@pytest.mark.usefixtures("database")
def test_versions(run: Run, tmp_path: Path) -> None:
    first = write(tmp_path / "first", {"templateId": "t"})
    assert run("load", "--templates", first)[1]["templates"] == ["t@1"]
    changed = write(tmp_path / "changed", {"templateId": "t", "title": "Changed"})
    exit_code, answer = run("load", "--templates", changed)
    assert (exit_code, [finding["code"] for finding in answer["findings"]]) == (1, ["content_changed"])
    second = write(tmp_path / "second", {"templateId": "t", "title": "Changed", "version": 2})
    assert run("load", "--templates", second)[1]["templates"] == ["t@2"]
    rival = write(tmp_path / "rival", {"templateId": "rival"})
    exit_code, answer = run("load", "--templates", rival, "--payers", str(SHIPPED / "payers.json"))
    assert (exit_code, [finding["code"] for finding in answer["findings"]]) == (1, ["ambiguous_templates"])
    assert [(row["templateId"], row["version"]) for row in run("list")[1]["templates"]] == [("t", 1), ("t", 2)]
