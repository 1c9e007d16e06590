import gzip

import pytest

from priorbus.gateway.http.gunzip import Gunzip, NotGzip

TEXT = b"prior authorization " * 20_000


def unpacked(body: bytes, step: int) -> bytes:
    unpacking = Gunzip()
    found = b"".join(piece for start in range(0, len(body), step) for piece in unpacking.pieces(body[start : start + step]))
    unpacking.finish()
    return found


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_a_body_in_parts_of_any_size(step: int) -> None:
    assert unpacked(gzip.compress(TEXT), step) == TEXT


def test_a_huge_content_comes_in_small_pieces() -> None:
    pieces = Gunzip().pieces(gzip.compress(bytes(100 * 1024 * 1024)))
    assert len(next(pieces)) <= 64 * 1024


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", gzip.compress(TEXT)[:-4], gzip.compress(TEXT) + b"x", gzip.compress(TEXT)[:50] + bytes(50)],
    ids=["empty", "JSON", "cut short", "too long", "broken"],
)
def test_what_is_not_one_member(body: bytes) -> None:
    with pytest.raises(NotGzip):
        unpacked(body, 1 << 20)
