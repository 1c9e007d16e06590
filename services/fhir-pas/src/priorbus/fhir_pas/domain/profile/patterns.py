"""Whether a value holds a pattern (FHIR ElementDefinition.pattern[x])."""

from typing import Any


def holds(value: Any, pattern: Any) -> bool:
    """Objects hold every member of the pattern, arrays an element for each of its elements, primitives are equal."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(name in value and holds(value[name], part) for name, part in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(holds(one, part) for one in value) for part in pattern)
    return type(value) is type(pattern) and bool(value == pattern)


def at(node: Any, path: str) -> Any:
    """The value at an element path below a node; a step `extension:name` takes the extension whose URL ends in the name."""
    for step in path.split("."):
        if not isinstance(node, dict):
            return None
        node = _step(node, step)
    return node


def _step(node: dict[str, Any], step: str) -> Any:
    name, _, slice_name = step.partition(":")
    if slice_name:
        return next((one for one in node.get(name, ()) if str(one.get("url", "")).endswith(slice_name)), None)
    if name.endswith("[x]"):
        return next((value for key, value in node.items() if is_choice(key, name[:-3])), None)
    return node.get(name)


def is_choice(key: str, stem: str) -> bool:
    """Whether a member is a typed form of the choice element, as `valueString` is of `value`."""
    return key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper()
