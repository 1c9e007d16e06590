from decimal import Decimal
from typing import Any

import pytest

from priorbus.fhir_pas.domain.attachments.canonical_json import canonical_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([Decimal("333333333.33333329"), Decimal("1E30"), Decimal("4.50"), Decimal("2e-3")], "[333333333.3333333,1e+30,4.5,0.002]"),
        ([Decimal("1e-27"), Decimal("1e21"), Decimal("1e20"), 0, -0.0], "[1e-27,1e+21,100000000000000000000,0,0]"),
        ([Decimal("1e-7"), Decimal("0.000001"), Decimal("-12.5")], "[1e-7,0.000001,-12.5]"),
        ({"b": [True, None], "a": {"y": 'q"\\', "x": "\n\u001f€"}}, '{"a":{"x":"\\n\\u001f€","y":"q\\"\\\\"},"b":[true,null]}'),
        ({"\U0001f600": 1, "\ufb33": 2, "1": 3}, '{"1":3,"\U0001f600":1,"\ufb33":2}'),
    ],
)
def test_the_form_is_that_of_rfc_8785(value: Any, text: str) -> None:
    assert canonical_json(value) == text.encode()
