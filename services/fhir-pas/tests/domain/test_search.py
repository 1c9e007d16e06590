from datetime import UTC, datetime, timedelta

import pytest

from priorbus.fhir_pas.domain.search import BadSearch, DateRange, read_search
from priorbus.fhir_pas.domain.search_terms import date_start, search_terms

DAY, NEXT = datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def test_commas_are_or_and_repetition_is_and() -> None:
    search = read_search("Claim", [("identifier", "a,s|b"), ("identifier", "|c"), ("_id", "1,2"), ("_count", "5")], "ehr1", strict=True)
    assert search.terms == (("identifier=a", "identifier=s|b"), ("identifier=|c",))
    assert (search.ids, search.limit, search.client) == ((("1", "2"),), 5, "ehr1")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-02-28", DateRange(DAY, NEXT)),
        ("ge2026-02-28", DateRange(DAY, None)),
        ("gt2026-02-28", DateRange(NEXT, None)),
        ("le2026-02-28", DateRange(None, NEXT)),
        ("lt2026-02-28", DateRange(None, DAY)),
        ("2026-02", DateRange(datetime(2026, 2, 1, tzinfo=UTC), NEXT)),
        ("2026-02-28T23:59Z", DateRange(NEXT - timedelta(minutes=1), NEXT)),
        ("2026-02-28T23:59:59Z", DateRange(NEXT - timedelta(seconds=1), NEXT)),
        ("2026-02-28T23:59:59.999Z", DateRange(NEXT - timedelta(milliseconds=1), NEXT)),
        ("2025", DateRange(datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))),
    ],
)
def test_dates(value: str, expected: DateRange) -> None:
    assert read_search("Claim", [("created", value)], None, strict=True).created == ((expected,),)


def test_a_code_may_be_asked_for_with_its_system() -> None:
    search = read_search("Claim", [("use", "http://hl7.org/fhir/claim-use|claim,urn:other|claim,preauthorization")], None, strict=True)
    assert search.terms == (("use=claim", "use=urn:other|claim", "use=preauthorization"),)


def test_dates_too_have_alternatives() -> None:
    search = read_search("Claim", [("created", "lt2026-02-28,ge2026-03-01"), ("_lastUpdated", "2026-02-28")], None, strict=True)
    assert search.created == ((DateRange(None, DAY), DateRange(NEXT, None)),)
    assert search.updated == ((DateRange(DAY, NEXT),),)


@pytest.mark.parametrize(
    ("name", "value"),
    [("created", "soon"), ("created", "2026-13-01"), ("created", "9999"), ("_count", "0"), ("_count", "101"), ("x", "y")],
)
def test_what_can_not_be_searched(name: str, value: str) -> None:
    with pytest.raises(BadSearch):
        read_search("Claim", [(name, value)], None, strict=True)


def test_lenient_searches_leave_unknown_parameters_out() -> None:
    assert read_search("Claim", [("x", "y"), ("use", "claim")], None, strict=False).used == (("use", "claim"),)


def test_terms_of_a_resource() -> None:
    content = {
        "resourceType": "ClaimResponse",
        "identifier": [{"system": "s", "value": "v"}, {"value": "w"}],
        "patient": {"reference": "Patient/p"},
        "request": {"reference": "Claim/c"},
        "outcome": "queued",
        "communicationRequest": [{"reference": "CommunicationRequest/r"}],
    }
    terms = search_terms(content)
    assert {"identifier=v", "identifier=s|v", "identifier=|w", "tracking=v", "patient=p", "patient=Patient/p"} <= set(terms)
    assert {"request=Claim/c", "outcome=queued", "communicationRequest=r"} <= set(terms)
    assert len(terms) == len(set(terms))


@pytest.mark.parametrize(("value", "expected"), [("2026-02-28", DAY), ("2026-02-28T01:00:00+01:00", DAY), ("x", None), (3, None)])
def test_where_a_date_starts(value: object, expected: datetime | None) -> None:
    assert date_start(value) == expected
