"""The kinds of check that rule rows are made of; each yields the flaws of one node."""

from collections.abc import Iterable, Iterator
from typing import Any

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.table import Check, Flaw

_FULL_DATE = 10


def present(*names: str) -> Check:
    """Every named element is there."""

    def check(node: Resource) -> Iterator[Flaw]:
        for name in names:
            if name not in node:
                yield f".{name}", f"{name} is missing"

    return check


def named(name: str) -> Check:
    """The element refers to somebody: by reference, or by identifier."""

    def check(node: Resource) -> Iterator[Flaw]:
        if not {"reference", "identifier"} & node.get(name, {}).keys():
            yield f".{name}", f"{name} names nobody"

    return check


def absent(*names: str) -> Check:
    """None of the named elements is there."""

    def check(node: Resource) -> Iterator[Flaw]:
        for name in names:
            if name in node:
                yield f".{name}", f"{name} is not allowed here"

    return check


def equal(name: str, *, expected: str | bool) -> Check:
    """The element has exactly this value; a missing element is a flaw too."""

    def check(node: Resource) -> Iterator[Flaw]:
        if node.get(name) != expected:
            yield f".{name}", f"{name} is not {str(expected).lower() if isinstance(expected, bool) else expected}"

    return check


def count(name: str, least: int, most: int) -> Check:
    """The list has `least` to `most` elements."""

    def check(node: Resource) -> Iterator[Flaw]:
        found = len(node.get(name, ()))
        if not least <= found <= most:
            yield f".{name}", f"{found} of {name}, expected {least} to {most}"

    return check


def unique(name: str, key: str) -> Check:
    """No two elements of the list share the value of `key`."""

    def check(node: Resource) -> Iterator[Flaw]:
        seen: set[Any] = set()
        for position, entry in enumerate(node.get(name, ())):
            value = entry.get(key)
            if value is not None and value in seen:
                yield f".{name}[{position}].{key}", f"this {key} occurs before"
            seen.add(value)

    return check


def has_extension(url: str, *, exactly: int = 1) -> Check:
    """The node has the extension exactly so many times."""

    def check(node: Resource) -> Iterator[Flaw]:
        found = sum(1 for _ in extensions(node, url))
        if found != exactly:
            yield ".extension", f"{found} of {url.rsplit('/', 1)[-1]}, expected {exactly}"

    return check


def coded(name: str, systems: Iterable[str]) -> Check:
    """If the CodeableConcept is there, one of its codings uses an allowed system."""
    allowed = frozenset(systems)

    def check(node: Resource) -> Iterator[Flaw]:
        concepts = node.get(name, [])
        for concept in concepts if isinstance(concepts, list) else (concepts,):
            if not any(coding.get("system") in allowed and coding.get("code") for coding in concept.get("coding", ())):
                yield f".{name}", f"{name} has no code of an allowed system"

    return check


def full_date(*names: str) -> Check:
    """A date or the ends of a Period have year, month and day (profiles document, FullDateRule)."""

    def check(node: Resource) -> Iterator[Flaw]:
        for name in names:
            value = node.get(name)
            parts = {f".{name}.{end}": value.get(end) for end in ("start", "end")} if isinstance(value, dict) else {f".{name}": value}
            for step, text in parts.items():
                if isinstance(text, str) and len(text) != _FULL_DATE:
                    yield step, "expected a full date YYYY-MM-DD"

    return check


def extensions(node: Resource, url: str) -> Iterator[Resource]:
    """The node's extensions of this URL."""
    return (extension for extension in node.get("extension", ()) if extension.get("url") == url)


def has_code(concept: Resource | None, system: str, code: str) -> bool:
    """Whether a CodeableConcept holds this code."""
    return concept is not None and any(
        coding.get("system") == system and coding.get("code") == code for coding in concept.get("coding", ())
    )
