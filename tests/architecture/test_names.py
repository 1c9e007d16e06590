"""Names and sizes that keep the code readable."""

import re
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted([*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")])
EMPTY_WORDS = re.compile(r"^(?:class|def|async def) \w*(?:Manager|Helper|Processor|Impl|Util)s?\b", re.MULTILINE)
EMPTY_MODULES = {"utils", "util", "common", "helpers", "helper", "misc", "base"}
CEILING = 350


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_name_says_nothing(module: Path) -> None:
    assert module.stem not in EMPTY_MODULES
    assert EMPTY_WORDS.findall(module.read_text()) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_too_long_to_read_at_once(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= CEILING


def test_most_modules_are_short() -> None:
    lengths = [lines for module in MODULES if (lines := len(module.read_text().splitlines())) > 0]
    assert median(lengths) <= CEILING / 4
