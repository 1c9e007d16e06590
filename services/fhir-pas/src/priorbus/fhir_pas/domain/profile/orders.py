"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-servicerequest and the other orders (fhir-pas.md 6.4)."""

from collections.abc import Iterator

from priorbus.fhir_pas.domain.codes import extension
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.checks import equal, extensions
from priorbus.fhir_pas.domain.profile.quantities import described, x12_unit
from priorbus.fhir_pas.domain.profile.table import ONLY_2_2, Flaw, Rule

_FREQUENCY = ("frequency", "period", "periodUnit")
_PATTERNS = (extension("timingcalendarpattern"), extension("timingdeliverypattern"))


def _timing(timing: Resource) -> Iterator[Flaw]:
    repeat = timing.get("repeat", {})
    counted = "count" in repeat or all(name in repeat for name in _FREQUENCY)
    if not counted and not any(True for url in _PATTERNS for _ in extensions(timing, url)):
        yield "", "neither count, frequency with period and unit, nor a pattern"


RULES = (
    Rule("V-7", "", equal("intent", expected="order"), "E W", "value", "Order intent"),
    Rule("D-1", "occurrenceTiming", _timing, "E W", "invariant", "Timing says how often", ONLY_2_2),
    Rule("D-1", "dosageInstruction.timing", _timing, "E W", "invariant", "Timing says how often", ONLY_2_2),
    Rule("D-2", "quantityQuantity", described, "E W", "invariant", "Quantity has value and unit", ONLY_2_2),
    Rule("D-3", "quantityQuantity", x12_unit, "W W", "code-invalid", "System of the unit", ONLY_2_2),
)
