"""A profile's element rows as the tree that a resource is compared with."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from priorbus.fhir_pas.domain.bases import Release
from priorbus.fhir_pas.domain.profile.row import Row
from priorbus.fhir_pas.domain.profile.rows.extensions import EXTENSIONS
from priorbus.fhir_pas.domain.profile.rows.index import PROFILES


@dataclass(slots=True)
class Node:
    """An element or a slice of one. `keys` are the member names that a choice element may have."""

    name: str
    choice: bool
    row: Row | None = None
    keys: frozenset[str] = frozenset()
    children: dict[str, "Node"] = field(default_factory=dict)
    slices: dict[str, "Node"] = field(default_factory=dict)


@cache
def profile_tree(profile: str, release: Release) -> Node:
    """The tree of a PAS profile."""
    return _tree(PROFILES[profile], release)


@cache
def extension_tree(name: str, release: Release) -> Node | None:
    """The tree of a PAS extension by the end of its URL, None when the release has none."""
    rows = EXTENSIONS.get(name, ())
    return _tree(rows, release) if any(release in row.releases for row in rows) else None


def _tree(rows: Iterable[Row], release: Release) -> Node:
    root = Node("", choice=False)
    for row in rows:
        if release in row.releases:
            node = _descend(root, row.path)
            node.row = row
            node.keys = frozenset(node.name + kind[0].upper() + kind[1:] for kind in row.types)
    return root


def _descend(node: Node, path: str) -> Node:
    for step in path.split("."):
        name, _, slice_name = step.partition(":")
        stem = name.removesuffix("[x]")
        node = node.children.setdefault(stem, Node(stem, choice=stem != name))
        if slice_name:
            node = node.slices.setdefault(slice_name, Node(stem, choice=stem != name))
    return node
