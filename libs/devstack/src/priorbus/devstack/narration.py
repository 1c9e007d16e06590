"""How the demo talks."""

import json
import sys
from typing import Any


def say(text: str) -> None:
    """One line of narration."""
    sys.stdout.write(f"\n▸ {text}\n")


def show(**facts: Any) -> None:
    """What an answer showed."""
    for name, value in facts.items():
        sys.stdout.write(f"    {name:<22} {value if isinstance(value, str) else json.dumps(value)}\n")
