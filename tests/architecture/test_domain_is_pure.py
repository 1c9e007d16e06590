"""A domain module decides from its arguments alone: it reads no clock and makes no id."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(ROOT.glob("services/*/src/priorbus/*/domain/**/*.py"))
FORBIDDEN = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now", "datetime.date.today"),
    *("time.time", "time.monotonic", "uuid.uuid4", "uuid4", "ULID", "open", "print"),
}


def clocks(source: str) -> list[str]:
    """Calls whose result depends on when or where they are made."""
    calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call for call in calls if call in FORBIDDEN]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT / "services")))
def test_it_reads_no_clock_and_makes_no_id(module: Path) -> None:
    assert clocks(module.read_text()) == []


@pytest.mark.parametrize("source", ["datetime.now(tz=UTC)", "date.today()", "time.time()", "uuid.uuid4()", "open('x')"])
def test_the_check_finds_them(source: str) -> None:
    assert clocks(source) != []
