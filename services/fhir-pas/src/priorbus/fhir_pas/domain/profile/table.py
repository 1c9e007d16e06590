"""What a rule row is, and how a table is applied to a resource."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from priorbus.fhir_pas.domain.bases import Base, Release
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue, Setting, Severity

Flaw = tuple[str, str]
"""Where below the node, as a FHIRPath step (`.category`, or empty for the node itself), and what was found and expected."""
Check = Callable[[Resource], Iterator[Flaw]]
EVERYWHERE: frozenset[Release] = frozenset({"seed", "2.2", "2.0"})
ONLY_2_2: frozenset[Release] = frozenset({"2.2"})
_LETTERS: dict[str, Setting] = {"E": "error", "W": "warning", "-": "off"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of fhir-pas.md 6. `each` is the path of the nodes to check (`item`, `item.detail`; empty: the resource).

    `levels` is written as there: strict then lenient, E error, W warning, - off.
    """

    id: str
    each: str
    check: Check
    levels: str
    code: str
    text: str
    releases: frozenset[Release] = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Strictness:
    """Which rules apply how: the base called, and the tenant's overrides by rule id."""

    base: Base
    overrides: Mapping[str, Setting] = field(default_factory=dict)

    def setting(self, rule: str, levels: str) -> Setting:
        """The severity of a rule; `levels` as in Rule."""
        strict, lenient = levels.split()
        return self.overrides.get(rule) or _LETTERS[strict if self.base.preset == "strict" else lenient]

    def severity(self, rule: str, levels: str) -> Severity:
        """As `setting`, for rules that cannot be switched off."""
        return "error" if self.setting(rule, levels) == "error" else "warning"


def violations(table: tuple[Rule, ...], resource: Resource, path: str, strictness: Strictness) -> Iterator[Issue]:
    """The issues of one resource under one table; `path` is where the resource is."""
    for rule in table:
        if strictness.base.release not in rule.releases:
            continue
        setting = strictness.setting(rule.id, rule.levels)
        if setting == "off":
            continue
        for node, where in nodes(resource, rule.each, path):
            for step, diagnostics in rule.check(node):
                yield Issue(rule.id, setting, rule.code, rule.text, diagnostics, where + step)


def nodes(node: Any, path: str, where: str) -> Iterator[tuple[Resource, str]]:
    """The objects at `path` below `node` with their FHIRPaths; absent ones are skipped."""
    if isinstance(node, list):
        for position, entry in enumerate(node):
            yield from nodes(entry, path, f"{where}[{position}]")
    elif isinstance(node, dict):
        step, _, rest = path.partition(".")
        if not step:
            yield node, where
        elif step in node:
            yield from nodes(node[step], rest, f"{where}.{step}")
