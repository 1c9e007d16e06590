"""What members declare, what they import and what is locked agree."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
MEMBERS = sorted(path.parent for path in [*ROOT.glob("libs/*/pyproject.toml"), *ROOT.glob("services/*/pyproject.toml")])
SOURCES = {member.name: sorted((member / "src").rglob("*.py")) for member in MEMBERS}


def locked() -> dict[str, Version]:
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


def declared(pyproject: Path) -> Iterator[Requirement]:
    content = tomllib.loads(pyproject.read_text())
    for line in content["project"].get("dependencies", []):
        yield Requirement(line)
    for group in [*content["project"].get("optional-dependencies", {}).values(), *content.get("dependency-groups", {}).values()]:
        for line in group:
            yield Requirement(line)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module


@pytest.mark.parametrize(
    "pyproject", [ROOT / "pyproject.toml", *(member / "pyproject.toml" for member in MEMBERS)], ids=lambda p: p.parent.name
)
def test_the_lock_satisfies_what_is_declared(pyproject: Path) -> None:
    lock = locked()
    wanted = [requirement for requirement in declared(pyproject) if not requirement.name.startswith("priorbus-")]
    missing = [str(one) for one in wanted if canonicalize_name(one.name) not in lock]
    unsatisfied = [
        str(one) for one in wanted if one.name not in missing and not one.specifier.contains(lock.get(canonicalize_name(one.name), "0"))
    ]
    assert missing == []
    assert unsatisfied == []


def test_the_lock_names_no_address_and_hashes_everything() -> None:
    text = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert "://" not in text
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_a_member_declares_the_members_it_imports(member: Path) -> None:
    own = f"priorbus.{member.name.replace('-', '_')}"
    names = {".".join(name.split(".")[:2]) for path in SOURCES[member.name] for name in imported(path) if name.startswith("priorbus.")}
    wanted = {name.replace("priorbus.", "priorbus-").replace("_", "-") for name in names - {own}}
    assert wanted <= {requirement.name for requirement in declared(member / "pyproject.toml")}


def test_contracts_need_only_pydantic_and_the_standard_library() -> None:
    allowed = {*sys.stdlib_module_names, "pydantic", "pydantic_core", "priorbus"}
    foreign = {name for path in SOURCES["contracts"] for name in imported(path) if name.split(".")[0] not in allowed}
    assert foreign == set()


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_the_namespace_has_no_init_and_each_member_is_typed(member: Path) -> None:
    package = member / "src" / "priorbus"
    assert not (package / "__init__.py").exists()
    assert (package / member.name.replace("-", "_") / "py.typed").exists()
