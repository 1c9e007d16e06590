"""What has once been published of an event stays true under its version (Conventions 13.1: a change of meaning makes v2).

`python -m priorbus.gateway.asyncapi.compatibility docs/published-events.json` adds what is new to the record, and refuses what breaks it.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from priorbus.contracts.public_events import PUBLIC_EVENTS
from priorbus.gateway.asyncapi.document import wire_type
from priorbus.gateway.event_schemas import event_schema

Published = Mapping[str, Mapping[str, Any]]
"""By CloudEvents type: `{member: {"always": bool, "schema": …}}`."""


def current() -> Published:
    """What the code publishes now."""
    return {wire_type(name): _members(event_schema(name, "")) for name in sorted(PUBLIC_EVENTS)}


def _members(schema: Mapping[str, Any]) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    return {name: {"always": name in required, "schema": member} for name, member in sorted(schema.get("properties", {}).items())}


def breaking_changes(published: Published, now: Published) -> list[str]:
    """What consumers could rely on and no longer can. New types and new members break nobody."""
    found = []
    for event_type, members in published.items():
        if event_type not in now:
            found.append(f"{event_type} is gone")
            continue
        found += [
            change for name, member in members.items() for change in _changes(f"{event_type}.{name}", member, now[event_type].get(name))
        ]
    return found


def _changes(where: str, before: Mapping[str, Any], after: Mapping[str, Any] | None) -> list[str]:
    if after is None:
        return [f"{where} is gone"]
    lost = [f"{where} is no longer always there"] if before["always"] and not after["always"] else []
    return lost if _covers(before["schema"], after["schema"]) else [*lost, f"{where} has another type"]


def _covers(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether every value that `after` allows is one that readers of `before` knew; descriptions do not count."""
    if "enum" in before and "enum" in after:
        return set(after["enum"]) <= set(before["enum"]) and _kinds(after) <= _kinds(before)
    rest = {name: value for name, value in before.items() if name not in ("description", "type")}
    return rest == {name: value for name, value in after.items() if name not in ("description", "type")} and _kinds(after) <= _kinds(before)


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    kind = schema.get("type", [])
    return set(kind if isinstance(kind, list) else [kind])


def main(path: Path) -> int:
    """Extend the record at `path`; 1 when something published would break."""
    published = orjson.loads(path.read_bytes()) if path.exists() else {}
    now = current()
    broken = breaking_changes(published, now)
    if broken:
        sys.stderr.write("\n".join(["a published event would break; make a new version of it instead:", *broken, ""]))
        return 1
    path.write_bytes(orjson.dumps(now, option=orjson.OPT_INDENT_2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
