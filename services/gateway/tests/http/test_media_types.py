import pytest

from priorbus.gateway.http.media_types import JSON, fhir_type, is_accepted, satisfies


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("application/json", True),
        ("Application/JSON; charset=UTF-8", True),
        ('application/json;charset="utf-8"', True),
        ("application/json; charset=latin-1", False),
        ("text/plain", False),
        ("", False),
    ],
)
def test_content_types(value: str, accepted: bool) -> None:
    assert is_accepted(value, (JSON,)) is accepted


@pytest.mark.parametrize(
    ("value", "satisfied"),
    [
        ("", True),
        ("*/*", True),
        ("text/html, application/json;q=0.1", True),
        ("application/*", True),
        ("text/html", False),
        ("text/*", False),
        ("application/json;q=0", False),
    ],
)
def test_accept(value: str, satisfied: bool) -> None:
    assert satisfies(value, (JSON,)) is satisfied


def test_a_range_is_satisfied_by_types_of_its_kind() -> None:
    assert satisfies("text/*", ("text/event-stream",))
    assert not satisfies("application/*", ("text/event-stream",))


@pytest.mark.parametrize(
    ("accept", "written"),
    [
        ("", "application/fhir+json; charset=utf-8"),
        ("*/*", "application/fhir+json; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/json, application/fhir+json", "application/fhir+json; charset=utf-8"),
        ("Application/JSON;q=0.5, text/html", "application/json"),
        ("application/fhir+json;q=0, application/json", "application/json"),
        ("application/json;q=0, */*", "application/fhir+json; charset=utf-8"),
    ],
)
def test_the_type_of_fhir_answers(accept: str, written: str) -> None:
    assert fhir_type(accept) == written
