"""Compare a resource with a profile's element rows: rules P (fhir-pas.md 6)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from priorbus.fhir_pas.domain.codes import PAS
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.profile.patterns import at, holds, is_choice
from priorbus.fhir_pas.domain.profile.row import Row
from priorbus.fhir_pas.domain.profile.table import Strictness
from priorbus.fhir_pas.domain.profile.tree import Node, extension_tree, profile_tree


@dataclass(slots=True)
class Comparison:
    """Collects what is found: issues, and for each reference text the profiles that its target should have."""

    strictness: Strictness
    issues: list[Issue] = field(default_factory=list)
    targets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _profile: str = ""

    def resource(self, resource: Resource, profile: str, path: str) -> None:
        """Compare a whole resource."""
        self._profile = profile.removeprefix("profile-")
        self._object(profile_tree(profile, self.strictness.base.release), resource, path)

    def _nested(self, tree: Node, profile: str, value: Resource, path: str) -> None:
        before, self._profile = self._profile, profile
        self._object(tree, value, path)
        self._profile = before

    def _object(self, node: Node, value: Resource, path: str, *, sliced: bool = False) -> None:
        for child in node.children.values():
            self._child(child, value, path)
        for name in () if sliced else ("extension", "modifierExtension"):
            for position, extension in enumerate(value.get(name, ())):
                self._extension(extension, f"{path}.{name}[{position}]")

    def _extension(self, extension: Resource, path: str) -> None:
        url = extension.get("url", "")
        tree = extension_tree(url[len(PAS) :], self.strictness.base.release) if url.startswith(PAS) else None
        if tree is not None:
            self._nested(tree, url[len(PAS) :], extension, path)

    def _child(self, child: Node, owner: Resource, path: str) -> None:
        key = _key(child, owner)
        where = f"{path}.{key}"
        found = owner.get(key)
        values = list(_placed(found, where))
        if child.row is not None:
            missing = found is None and f"_{key}" in owner
            self._judge(child, values, where, present=len(values) or int(missing), key=key)
        for node in child.slices.values():
            members = [(value, place) for value, place in values if _belongs(node, value, key)]
            self._judge(node, members, where, present=len(members), key=key)
            self._inside(node, members, sliced=True)
        self._inside(child, values)

    def _inside(self, node: Node, values: list[tuple[Any, str]], *, sliced: bool = False) -> None:
        if node.children or (node.row is not None and node.name not in {"extension", "modifierExtension"}):
            for value, place in values:
                if isinstance(value, dict):
                    self._object(node, value, place, sliced=sliced)

    def _judge(self, node: Node, values: list[tuple[Any, str]], where: str, *, present: int, key: str) -> None:
        row = node.row
        if row is None:
            return
        if not row.by:
            self._count(row, present, where)
            self._type(node, row, key, where, present)
            self._constant(row, values)
        for value, place in values:
            if row.profile and not row.by and isinstance(value, dict):
                tree = profile_tree(row.profile, self.strictness.base.release)
                self._nested(tree, row.profile.removeprefix("profile-"), value, place)
            if row.targets and isinstance(value, dict) and isinstance(value.get("reference"), str):
                known = self.targets.get(value["reference"], ())
                self.targets[value["reference"]] = tuple(dict.fromkeys((*known, *row.targets)))

    def _count(self, row: Row, present: int, where: str) -> None:
        if present < row.least:
            self._report(row, "required", "Missing element", f"{present} found, expected {row.card}", where)
        elif row.most is not None and present > row.most:
            text = "Element is not allowed" if row.most == 0 else "Too many elements"
            self._report(row, "structure", text, f"{present} found, expected {row.card}", where)

    def _type(self, node: Node, row: Row, key: str, where: str, present: int) -> None:
        if present and node.keys and node.choice and ":" not in row.path.rsplit(".", 1)[-1] and key not in node.keys:
            self._report(row, "structure", "Wrong type", f"expected {' or '.join(row.types)}", where)

    def _constant(self, row: Row, values: list[tuple[Any, str]]) -> None:
        for value, place in values:
            if row.fixed is not None and (type(value) is not type(row.fixed) or value != row.fixed):
                self._report(row, "value", "Fixed value", f"expected {_text(row.fixed)}", place)
            if row.pattern is not None and not holds(value, row.pattern):
                self._report(row, "value", "Pattern", f"expected {_text(row.pattern)}", place)

    def _report(self, row: Row, code: str, text: str, diagnostics: str, where: str) -> None:
        rule = f"P-{self._profile}-{row.path}"
        setting = self.strictness.setting(rule, row.levels)
        if setting != "off":
            self.issues.append(Issue(rule, setting, code, text, diagnostics, where))


def _key(child: Node, owner: Resource) -> str:
    if not child.choice:
        return child.name
    return next((key for key in owner if is_choice(key, child.name)), child.name)


def _placed(found: Any, where: str) -> Iterator[tuple[Any, str]]:
    if isinstance(found, list):
        for position, value in enumerate(found):
            yield value, f"{where}[{position}]"
    elif found is not None:
        yield found, where


def _belongs(node: Node, value: Any, key: str) -> bool:
    row = node.row
    if row is None:
        return False
    if row.url:
        return isinstance(value, dict) and value.get("url") == row.url
    if row.where is None:
        return key in node.keys
    path, pattern = row.where
    return holds(at(value, path) if path else value, pattern)


def _text(expected: Any) -> str:
    if isinstance(expected, dict) and "coding" in expected:
        return ", ".join(str(coding.get("code")) for coding in expected["coding"])
    return str(expected).lower() if isinstance(expected, bool) else str(expected)
