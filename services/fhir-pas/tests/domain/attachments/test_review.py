from typing import Any

import pytest

from priorbus.contracts.commands.fhir_pas import ReviewClaim
from priorbus.fhir_pas.domain.attachments.review import Labels, brings, review
from priorbus.fhir_pas.domain.payer import WantedDocument

NOTE, IMAGE = "11506-3", "18748-4"
ASKED = tuple(WantedDocument(code, "http://loinc.org", line) for code in (NOTE, IMAGE) for line in (1, 2, None))


def coded(*codes: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://loinc.org", "code": code} for code in codes]}


def brought(command: ReviewClaim) -> set[tuple[str, int | None]]:
    return {(one.code, one.line) for one in ASKED if brings(command, one)}


@pytest.mark.parametrize(
    ("attachments", "expected"),
    [
        ([(coded(NOTE), ("1",))], {(NOTE, 1), (NOTE, None)}),
        ([(coded(NOTE), ("1",)), (coded(IMAGE), ("2",))], {(NOTE, 1), (NOTE, None), (IMAGE, 2), (IMAGE, None)}),
        ([(coded(NOTE), ("1", "2"))], {(NOTE, 1), (NOTE, 2), (NOTE, None)}),
        ([(coded(NOTE, IMAGE), ("2",))], {(NOTE, 2), (NOTE, None), (IMAGE, 2), (IMAGE, None)}),
        ([(coded(NOTE), ())], {(NOTE, 1), (NOTE, 2), (NOTE, None)}),
        ([(None, ("1",))], {(NOTE, 1), (NOTE, None), (IMAGE, 1), (IMAGE, None)}),
        ([(None, ("1",)), (coded(IMAGE), ())], {(NOTE, 1), (NOTE, None), (IMAGE, 1), (IMAGE, 2), (IMAGE, None)}),
        ([(None, ())], {(one.code, one.line) for one in ASKED}),
        ([({"text": "progress note"}, ("1",))], {(NOTE, 1), (NOTE, None), (IMAGE, 1), (IMAGE, None)}),
        ([(coded(NOTE), ("left knee",))], {(NOTE, None)}),
        ([(coded("34133-9"), ())], set()),
    ],
)
def test_each_attachment_answers_what_its_own_code_and_lines_name(attachments: list[Labels], expected: set[tuple[str, int | None]]) -> None:
    assert brought(review("authorization-1", "attachments-1", attachments, final=True)) == expected


def test_a_command_of_an_earlier_release_names_codes_and_lines_together() -> None:
    assert brought(ReviewClaim(authorization_id="authorization-1", codes=(NOTE,), lines=(2,))) == {(NOTE, 2), (NOTE, None)}
    assert brought(ReviewClaim(authorization_id="authorization-1")) == {(one.code, one.line) for one in ASKED}
