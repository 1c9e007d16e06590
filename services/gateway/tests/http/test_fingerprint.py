from typing import Any

import pytest

from priorbus.gateway.http.fingerprint import canonical, fingerprint
from priorbus.gateway.http.json_body import parse

PATH = {"authorization_id": "auth_123"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"nextActionId": "act_1"}, "b2a36f0d695cad677d60a66ccf4c1de86b7bbcc39d54aaea3230f1f9d66d3553"),
        (
            {"fileId": "file_123", "documentTypes": ["clinical_notes"], "description": "Most recent oncology visit note"},
            "c803fc50d5112e7feae4caefd8850fa09eb164b1fe602f955149595a9d5f588a",
        ),
    ],
)
def test_the_test_vectors(body: Any, expected: str) -> None:
    assert fingerprint(body, PATH, []) == expected


def of(number: bytes) -> str:
    return fingerprint(parse(b'{"n":' + number + b"}"), PATH, [])


def test_the_spelling_of_a_number_does_not_count() -> None:
    assert of(b"1") == of(b"1.0") == of(b"1e0") == of(b"10e-1")
    assert of(b"100") == of(b"1e2")
    assert of(b"0") == of(b"-0.0")
    assert of(b"1") != of(b'"1"')


def test_numbers_are_exact() -> None:
    assert of(b"0.1000000000000000000000000000000001") != of(b"0.1")
    assert of(b"9007199254740993") != of(b"9007199254740992")
    assert of(b"123456789012345678901234567890") != of(b"123456789012345678901234567891")


def test_members_are_sorted_and_text_is_not_escaped() -> None:
    assert canonical({"ü": 1, "a": "é/", "Z": None}) == '{"Z":null,"a":"é/","ü":1}'.encode()


def test_the_order_of_the_query_does_not_count() -> None:
    assert fingerprint(None, {}, [("b", "1"), ("a", "2")]) == fingerprint(None, {}, [("a", "2"), ("b", "1")])
