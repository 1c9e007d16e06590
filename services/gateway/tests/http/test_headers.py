import pytest
from aiohttp.test_utils import make_mocked_request
from aiohttp.web import Request
from multidict import CIMultiDict

from priorbus.gateway.http import headers
from priorbus.gateway.http.problem import SyntaxProblem


def request(*pairs: tuple[str, str]) -> Request:
    return make_mocked_request("PATCH", "/", headers=CIMultiDict(pairs))


def code_of(problem: SyntaxProblem) -> str:
    return problem.issues[0].code


def test_a_strong_tag_of_digits_is_a_version() -> None:
    assert headers.required_version(request(("If-Match", '"17"'))) == 17


@pytest.mark.parametrize("value", ["17", 'W/"17"', "*", '"17","18"', '"017"', '""', '"a"', '"-1"', '"1' + "0" * 30 + '"', '"\uff11"'])
def test_every_other_if_match_is_refused(value: str) -> None:
    with pytest.raises(SyntaxProblem) as refused:
        headers.required_version(request(("If-Match", value)))
    assert (refused.value.error.http, code_of(refused.value)) == (400, "invalid_if_match")


def test_if_match_twice_is_refused() -> None:
    with pytest.raises(SyntaxProblem) as refused:
        headers.required_version(request(("If-Match", '"1"'), ("If-Match", '"1"')))
    assert code_of(refused.value) == "invalid_if_match"


def test_a_missing_if_match_is_428() -> None:
    with pytest.raises(SyntaxProblem) as refused:
        headers.required_version(request())
    assert (refused.value.error.http, refused.value.issues[0].field) == (428, "If-Match")


@pytest.mark.parametrize(("value", "key"), [('"abc"', "abc"), ("abc", "abc"), ("x" * 255, "x" * 255), ('"', '"'), ('""a""', '"a"')])
def test_keys(value: str, key: str) -> None:
    assert headers.idempotency_key(request(("Idempotency-Key", value))) == key


@pytest.mark.parametrize("value", ["", '""', "x" * 256, "a b", "ä", "a\tb"])
def test_bad_keys(value: str) -> None:
    with pytest.raises(SyntaxProblem) as refused:
        headers.idempotency_key(request(("Idempotency-Key", value)))
    assert code_of(refused.value) == "invalid_idempotency_key"


def test_two_keys_are_refused() -> None:
    with pytest.raises(SyntaxProblem):
        headers.idempotency_key(request(("Idempotency-Key", "a"), ("Idempotency-Key", "a")))


@pytest.mark.parametrize(
    ("value", "wanted"), [("respond-async", True), ("wait=10, Respond-Async", True), ("respond-async; x=1", True), ("wait=1", False)]
)
def test_preferences(value: str, wanted: bool) -> None:
    assert headers.wants_async(request(("Prefer", value))) is wanted


@pytest.mark.parametrize(
    ("value", "same"), [('"3"', True), ('W/"3"', True), ('"2", W/"3"', True), ("*", True), ('"2"', False), ("3", False)]
)
def test_if_none_match(value: str, same: bool) -> None:
    assert headers.not_modified(request(("If-None-Match", value)), 3) is same


def test_only_a_well_formed_trace_context_is_taken_over() -> None:
    good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert headers.traceparent(request(("traceparent", good))) == good
    assert headers.traceparent(request(("traceparent", "00-" + "0" * 32 + "-b7ad6b7169203331-01"))) == ""
    assert headers.traceparent(request(("traceparent", "x"))) == ""
