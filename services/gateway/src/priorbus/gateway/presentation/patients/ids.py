"""Int64 ids of clients: strings of digits, in bodies also JSON integers (patient-attachments.md 10). Never a floating-point number."""

import re
from typing import Any

from priorbus.contracts.patients import MAX_ID

_DIGITS = re.compile(r"0*([0-9]{1,19})", re.ASCII)


def read_id(value: Any) -> int | None:
    """The id, None if the value is none."""
    if isinstance(value, str):
        form = _DIGITS.fullmatch(value)
        value = int(form[1]) if form else 0
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 1 <= value <= MAX_ID else None
