"""Every key that any log call of the project uses may be logged; one that may not would be dropped silently."""

import ast
from collections.abc import Iterator
from pathlib import Path

from priorbus.runtime.logs import SAFE_KEYS

ROOT = Path(__file__).parents[3]
BY_THE_RUNTIME = {"event", "level", "timestamp", "service", "logger", "error", "dropped_keys"}
IN_MAPPINGS = {"message_id", "request_id", "trace_id", "payer_id", "provider_id", "group_id", "items"}
"""What comes to log calls as `**mapping`: of the message in hand, and of the exchange that a record is about."""
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


def log_calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in [*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level)) if level in LEVELS:
                    yield path, node


def test_keys_are_on_the_list() -> None:
    used = {(keyword.arg, f"{path.name}:{call.lineno}") for path, call in log_calls() for keyword in call.keywords if keyword.arg}
    assert used
    assert {place for place in used if place[0] not in SAFE_KEYS | {"exc_info"}} == set()


def test_every_key_on_the_list_is_used() -> None:
    named = {keyword.arg for _, call in log_calls() for keyword in call.keywords}
    assert SAFE_KEYS - named - BY_THE_RUNTIME - IN_MAPPINGS == set()


def test_events_are_constant_texts() -> None:
    assert [f"{path.name}:{call.lineno}" for path, call in log_calls() if not isinstance(call.args[0], ast.Constant)] == []
