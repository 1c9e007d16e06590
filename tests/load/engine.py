"""What one recomputation of a large questionnaire costs: 200 items, 100 conditions (`python -m tests.load.engine`)."""

import statistics
import sys
import time
from dataclasses import dataclass

from priorbus.contracts.authorizations import Answers, Selection
from priorbus.contracts.templates import Group, Item, Match, Option, ServiceCode, Template
from priorbus.requirements.domain.questionnaire import Circumstances, compile_template, evaluate
from tests.load.measure import table

ITEMS, CONDITIONS = 200, 100
_PER_GROUP = 20
_ROUNDS = 2000
_SELECTION = Selection(payer_id="payer_a", state="CA", service_type="outpatient", service_code="1", service_code_system="cpt")


@dataclass(frozen=True)
class Row:
    """Microseconds of one recomputation."""

    name: str
    median: float
    p99: float

    def as_json(self) -> dict[str, object]:
        """The row of the JSON report."""
        return {"name": self.name, "median_us": round(self.median, 1), "p99_us": round(self.p99, 1)}


def template() -> Template:
    """Half of the items have a condition on an item before them, each kind of condition in turn."""
    items = [_item(number) for number in range(ITEMS)]
    groups = [Group(id=f"g{n}", title="Group", items=tuple(items[n : n + _PER_GROUP])) for n in range(0, ITEMS, _PER_GROUP)]
    match = Match(payer_ids=("*",), states=("*",), service_type="outpatient", service_codes=(ServiceCode(system="cpt", code="1"),))
    return Template(template_id="large", version=1, title="Large", match=match, groups=tuple(groups))


def _item(number: int) -> Item:
    link_id = f"q.item{number}"
    conditional = number % 2 == 1
    if number % 4 == 0:
        options = tuple(Option(code=code, display=code) for code in "abcd")
        return Item(link_id=link_id, text="Which one?", answer_type="choice", required=True, options=options)
    if number % 4 == 2:
        return Item(link_id=link_id, text="How many?", answer_type="decimal", required=True, min="0", max="100")
    kinds = (
        {"required_when": {"linkId": f"q.item{number - 1}", "op": "exists"}},
        {"not_allowed_when": {"all": [{"linkId": f"q.item{number - 1}", "op": "gt", "value": 50}, _chosen(number)]}},
    )
    condition = kinds[number // 2 % 2] if conditional else {}
    return Item(link_id=link_id, text="Say more.", answer_type="string", max_length=100, pattern="[A-Za-z ]+", **condition)


def _chosen(number: int) -> dict[str, object]:
    """A condition on the last choice before the item."""
    return {"not": {"linkId": f"q.item{number - number % 4}", "op": "in", "values": ["a", "b"]}}


def full_answers() -> Answers:
    """Every item answered."""
    values = ("c", "some words", "42", "more words")
    return {f"q.item{number}": (values[number % 4],) for number in range(ITEMS)}


def measure() -> list[Row]:
    """Recompute with every item answered, with half of them, and with none."""
    compiled = compile_template(template())
    circumstances = Circumstances(provider_npi="1234567893", selection=_SELECTION)
    full = full_answers()
    half = {name: value for position, (name, value) in enumerate(full.items()) if position % 3}
    rows = []
    for name, answers in (("all answered", full), ("a third open", half), ("none answered", {})):
        timed = []
        for _ in range(_ROUNDS):
            began = time.perf_counter()
            evaluate(compiled, answers, circumstances)
            timed.append(1e6 * (time.perf_counter() - began))
        rows.append(
            Row(f"{ITEMS} items, {CONDITIONS} conditions, {name}", statistics.median(timed), statistics.quantiles(timed, n=100)[98])
        )
    return rows


def report(rows: list[Row]) -> str:
    """The rows as text; the bound is a millisecond."""
    return table([["recomputation", "median µs", "p99 µs"], *([row.name, f"{row.median:.0f}", f"{row.p99:.0f}"] for row in rows)])


def main() -> None:
    """Measure and print."""
    sys.stdout.write(report(measure()) + "\n")


if __name__ == "__main__":
    main()
