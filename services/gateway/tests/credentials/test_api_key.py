from collections.abc import Callable

import pytest

from priorbus.gateway.credentials import api_key


def test_the_checksum_is_that_of_the_test_vector() -> None:
    assert api_key.checksum("pb_test_" + "0" * 39 + "1234") == "0ildnT"


def test_a_suffix_does_not_count() -> None:
    assert api_key.without_suffix("MxJrZXkiOiI1Njd1amJmZTQ1NyJ9-au2") == "MxJrZXkiOiI1Njd1amJmZTQ1NyJ9"


def test_a_minted_key_is_found_with_and_without_suffix() -> None:
    key = api_key.mint("test")
    assert api_key.lookup_digest(key, "test") == api_key.lookup_digest(key + "-au12", "test") == api_key.digest(key)


def test_two_minted_keys_differ() -> None:
    assert api_key.mint("live") != api_key.mint("live")


@pytest.mark.parametrize(
    "change", [lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"), lambda key: key + "x", lambda key: key[1:], str.swapcase]
)
def test_a_damaged_key_is_refused_without_a_lookup(change: Callable[[str], str]) -> None:
    assert api_key.lookup_digest(change(api_key.mint("test")), "test") is None


def test_a_key_of_the_other_environment_is_refused() -> None:
    assert api_key.lookup_digest(api_key.mint("live"), "test") is None
