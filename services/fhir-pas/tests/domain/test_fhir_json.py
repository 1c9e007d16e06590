from decimal import Decimal
from typing import Any

import pytest

from priorbus.fhir_pas.domain.fhir_json import MAX_DEPTH, MalformedJsonError, canonical, dump, parse


def nested(depth: int) -> str:
    return '{"resourceType":"Bundle","a":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "J-1"),
        ("", "J-1"),
        ('{"resourceType":"Bundle"} {}', "J-1"),
        ('{"resourceType":"Bundle","resourceType":"Bundle"}', "J-1"),
        ('{"resourceType":"Bundle","entry":[{"a":1,"a":1}]}', "J-1"),
        ('{"resourceType":"Bundle","a":NaN}', "J-1"),
        ('{"resourceType":"Bundle","a":-Infinity}', "J-1"),
        ('{"resourceType":"Bundle","a":"\\ud800"}', "J-1"),
        (b'{"resourceType":"Bundle","a":"\xff"}', "J-1"),
        (nested(MAX_DEPTH + 1), "J-1"),
        (nested(900), "J-1"),
        (nested(100_000), "J-1"),
        ("[]", "J-2"),
        ('"Bundle"', "J-2"),
        ('{"a":1}', "J-2"),
        ('{"resourceType":"Foo"}', "J-2"),
        ('{"resourceType":["Bundle"]}', "J-2"),
        ('{"resourceType":"SubscriptionTopic"}', "J-2"),
    ],
)
def test_what_is_no_resource_is_refused(text: str | bytes, rule: str) -> None:
    with pytest.raises(MalformedJsonError) as refused:
        parse(text)
    assert refused.value.issue.rule == rule


@pytest.mark.parametrize("text", ['{"resourceType":"Bundle"}', b'\xef\xbb\xbf{"resourceType":"Bundle"}', nested(MAX_DEPTH)])
def test_what_is_one_is_taken(text: str | bytes) -> None:
    assert parse(text)["resourceType"] == "Bundle"


@pytest.mark.parametrize("digits", ["1.00", "0.10", "123456789012345678901234567890", "1.5E+3", "7"])
def test_numbers_keep_their_digits(digits: str) -> None:
    text = f'{{"resourceType":"Bundle","a":{digits}}}'
    assert dump(parse(text)) == text.encode()


def test_the_canonical_form_has_no_order_of_members() -> None:
    one: dict[str, Any] = {"b": Decimal("1.0"), "a": [{"d": 1, "c": 2}]}
    two: dict[str, Any] = {"a": [{"c": 2, "d": 1}], "b": Decimal("1.0")}
    assert canonical(one) == canonical(two)
