"""The catalogue as JSON files: one template per file in a folder, all payers in one file."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from priorbus.contracts.templates import Payer, Template
from priorbus.requirements.domain.questionnaire import LintFinding

SHIPPED: Final = Path(str(files("priorbus.requirements") / "catalog_data"))
"""The example catalogue that comes with the service."""

_PAYERS: Final = TypeAdapter(list[Payer])


def read_templates(folder: Path) -> tuple[list[Template], list[LintFinding]]:
    """The templates in `*.json` of a folder, by file name, and what keeps a file from being one. Raises OSError."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    templates: list[Template] = []
    findings: list[LintFinding] = []
    for path in sorted(folder.glob("*.json")):
        try:
            templates.append(Template.model_validate_json(path.read_bytes(), strict=True))
        except ValidationError as error:
            findings.extend(_findings(path, error))
    return templates, findings


def read_payers(path: Path) -> tuple[list[Payer], list[LintFinding]]:
    """The payers of a file, or what keeps it from being a list of payers. Raises OSError."""
    try:
        return _PAYERS.validate_json(path.read_bytes(), strict=True), []
    except ValidationError as error:
        return [], _findings(path, error)


def _findings(path: Path, error: ValidationError) -> list[LintFinding]:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return [LintFinding(path.name, ".".join(map(str, problem["loc"])), "schema", problem["msg"]) for problem in problems]
