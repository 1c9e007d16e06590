"""Generated records and filters, and a plain oracle: what each operator means, said in the simplest way."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from priorbus.gateway.filters.columns import Column, Columns

COLUMNS: Columns = {
    "seen_at": Column("seen_at", "date-time"),
    "name": Column("name", "string"),
    "owner": Column("owner", "int64"),
    "size": Column("size", "integer"),
}
START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LARGE = (0, 1, 2, 9007199254740992, 9007199254740993, 9007199254740994, 9223372036854775806, 9223372036854775807)
ALPHABET = "aAbB%_.\\|*(ß"

moments = st.integers(0, 4).map(lambda step: START + timedelta(milliseconds=step))
texts = st.text(ALPHABET, max_size=6)
owners = st.sampled_from(LARGE)
sizes = st.sampled_from((-9223372036854775808, -1, *LARGE))

records = st.fixed_dictionaries(
    {"seen_at": st.none() | moments, "name": st.none() | texts, "owner": st.none() | owners, "size": st.none() | sizes}
)


def _fraction(pair: tuple[datetime, str]) -> str:
    moment, rest = pair
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}{rest}Z"


_orders = st.sampled_from((">", ">=", "<", "<="))
_presence = st.sampled_from(("?", "!?"))


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


def _numbers(name: str, values: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    one, several = values.map(str), st.lists(values.map(str), min_size=1, max_size=4).map(",".join)
    return st.one_of(
        _joined(st.just(f"{name}:"), _orders, one),
        _joined(st.just(f"{name}:!="), one),
        _joined(st.just(f"{name}:="), several),
        _joined(st.just(f"{name}:"), _presence),
    )


filter_texts = st.one_of(
    _joined(st.just("seen_at:"), _orders, st.tuples(moments, st.sampled_from(("", "0", "4", "0001"))).map(_fraction)),
    _joined(st.just("seen_at:"), st.sampled_from(("?", "!?", "*"))),
    _joined(st.just("name:"), st.sampled_from(("=", "!=", "~", "~~")), texts),
    _joined(st.just("name:"), _presence),
    _numbers("owner", owners),
    _numbers("size", sizes),
)


def expected(text: str, record: dict[str, Any]) -> bool:
    """Whether the record passes the filter; knows the filter as text only."""
    name, _, test = text.partition(":")
    value = record[name]
    if test in ("?", "!?", "*"):
        return {"?": value is not None, "!?": value is None, "*": True}[test]
    if value is None:
        return False
    operator = next(each for each in (">=", "<=", "!=", "~~", ">", "<", "=", "~") if test.startswith(each))
    wanted = test[len(operator) :]
    if name == "name":
        return _expected_text(operator, wanted, value)
    if operator == "=":
        return any(value == int(part) for part in wanted.split(","))
    left, right = (_exact(value), _exact_text(wanted)) if name == "seen_at" else (Fraction(value), Fraction(int(wanted)))
    return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right, "!=": left != right}[operator]


def _expected_text(operator: str, wanted: str, value: str) -> bool:
    if operator in ("=", "!="):
        return (value == wanted) == (operator == "=")
    pattern = f"%{wanted}%" if operator == "~" else wanted
    return _is_like(value.casefold(), pattern.casefold())


def _is_like(text: str, pattern: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(_is_like(text[at:], pattern[1:]) for at in range(len(text) + 1))
    return bool(text) and text[0] == pattern[0] and _is_like(text[1:], pattern[1:])


def _exact(moment: datetime) -> Fraction:
    return Fraction((moment - START) // timedelta(microseconds=1), 1_000_000)


def _exact_text(text: str) -> Fraction:
    whole, _, digits = text.removesuffix("Z").partition(".")
    return _exact(datetime.fromisoformat(whole).replace(tzinfo=UTC)) + Fraction(int(digits), 10 ** len(digits))
