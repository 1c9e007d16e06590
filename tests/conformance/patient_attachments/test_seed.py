"""The operations of seed 004, literally: what its text names is what the document has. Needs the shared folder, if present."""

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from priorbus.gateway.openapi.documents import documents
from priorbus.gateway.routes import ROUTES

SEEDS = Path(__file__).parents[4] / "shared" / "seeds"
DOCUMENT = documents(ROUTES, "https://api.example.test")["patient-attachments"]
RECORD = DOCUMENT["components"]["schemas"]["PatientAttachment"]["properties"]


@pytest.fixture(scope="module")
def seed() -> str:
    """The text of the seed of this API."""
    found = [path.read_text() for path in SEEDS.glob("004_*.txt")]
    if not found:
        pytest.skip("the shared folder is not here")
    return found[0]


def operations(seed: str) -> list[tuple[str, str, str]]:
    """Method, path and the text up to the next operation."""
    parts = re.split(r"^(get|post|delete)(/\S+)$", seed, flags=re.MULTILINE)
    return list(zip(parts[1::3], parts[2::3], parts[3::3], strict=True))


def described(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][f"/v1{path}"][method]
    return found


def test_every_operation_is_there_with_its_statuses_and_basic_authentication(seed: str) -> None:
    found = operations(seed)
    assert len(found) == 8
    for method, path, text in found:
        operation = described(method, path)
        assert set(re.findall(r"^(\d{3})$", text, flags=re.MULTILINE)) <= set(operation["responses"])
        assert {"basicAuth": []} in operation["security"]
        assert [each["name"] for each in operation["parameters"] if each.get("in") == "path"] == re.findall(r"\{(\w+)\}", path)


def test_list_parameters_and_filters_are_the_seeds(seed: str) -> None:
    for method, path, text in operations(seed):
        if "Available filters:" not in text:
            continue
        parameters = {each["name"]: each for each in described(method, path)["parameters"] if each.get("in") == "query"}
        table = text.partition("Value Format\n")[2]
        filters = re.findall(r"^(\w+) (date-time|string|int64|integer)$", table, flags=re.MULTILINE)
        listed = ", ".join(f"{name} {kind}" for name, kind in filters)
        assert listed in parameters["q[]"]["description"]
        if "per_page" in text:
            assert set(parameters) == {"order", "page", "per_page", "q[]", "sort"}
            assert parameters["order"]["schema"]["enum"] == ["asc", "desc"]
            assert parameters["order"]["deprecated"] is True
            assert (parameters["per_page"]["schema"]["minimum"], parameters["per_page"]["schema"]["maximum"]) == (1, 100)


def test_members_are_the_seeds(seed: str) -> None:
    schema = seed.partition("\nPatientAttachment\n")[2].partition("List patient attachments")[0]
    lines = schema.splitlines()
    named = [
        name
        for name, after in itertools.pairwise(lines)
        if re.fullmatch(r"[a-z_]+", name) and after.startswith(("string", "boolean", "integer"))
    ]
    assert set(named) >= {"content_type", "created_at", "description", "filename", "id", "pinned_at", "processed_at", "size", "updated_at"}
    assert set(named) <= set(RECORD)
    form = DOCUMENT["paths"]["/v1/patients/{patient_id}/attachment_presigned_post"]["get"]["responses"]["200"]["content"][
        "application/json"
    ]
    fields = form["schema"]["properties"]["fields"]["properties"]
    sample = seed.partition('"fields": {')[2].partition("}")[0]
    for name, value in re.findall(r'"([\w-]+)": "(\w+)"', sample):
        assert name in fields
        if value != "string":
            assert fields[name] == {"enum": [value]}


def test_the_body_is_the_seeds(seed: str) -> None:
    body = described("post", "/patient_attachments")["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {"patient_id", "upload_url", "description"} <= set(body)
    assert (body["description"]["maxLength"], body["patient_id"]["format"], body["upload_url"]["format"]) == (255, "int64", "uri")


def test_the_deprecated_way_to_archive_is_marked(seed: str) -> None:
    assert "Archive patient attachmentDeprecated" in seed
    assert described("delete", "/patient_attachments/{id}")["deprecated"] is True
