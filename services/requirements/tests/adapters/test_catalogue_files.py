import json
from pathlib import Path
from typing import Any

import pytest
from services.requirements.tests.domain.catalog.conftest import template

from priorbus.requirements.adapters.catalogue_files import SHIPPED, read_payers, read_templates


def write(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_the_shipped_catalogue() -> None:
    templates, findings = read_templates(SHIPPED / "templates")
    assert [one.template_id for one in templates] == ["dme-hospital-bed", "drug-adalimumab", "imaging-mri-brain"]
    assert findings == []
    payers, findings = read_payers(SHIPPED / "payers.json")
    assert (len(payers), findings) == (4, [])


@pytest.mark.parametrize(
    ("change", "place"),
    [({"colour": "red"}, "colour"), ({"version": "1"}, "version"), ({"match": {}}, "match.payerIds"), ({"title": None}, "title")],
)
def test_every_schema_problem_is_a_finding(tmp_path: Path, change: dict[str, Any], place: str) -> None:
    document = template().model_dump(mode="json", by_alias=True)
    write(tmp_path, "good.json", document)
    write(tmp_path, "bad.json", document | change)
    write(tmp_path, "notes.txt", "no template")
    templates, findings = read_templates(tmp_path)
    assert len(templates) == 1
    assert (findings[0].source, findings[0].place, findings[0].code) == ("bad.json", place, "schema")


def test_broken_json_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, "bad.json", "{")
    assert [finding.code for finding in read_templates(tmp_path)[1]] == ["schema"]
    payers, findings = read_payers(write(tmp_path, "payers.json", [{"id": "p"}]))
    assert payers == []
    assert {finding.place for finding in findings} >= {"0.displayName"}


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        read_templates(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        read_payers(tmp_path / "none.json")
