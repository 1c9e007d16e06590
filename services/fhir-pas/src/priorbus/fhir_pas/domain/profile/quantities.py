"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-quantity: prof-2 and prof-3 (profiles document, section 9)."""

from collections.abc import Iterator

from priorbus.fhir_pas.domain.codes import x12
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.table import Flaw

_UNITS = x12(673)


def described(quantity: Resource) -> Iterator[Flaw]:
    """prof-2: a value, and unit or code."""
    if "value" not in quantity or ("unit" not in quantity and "code" not in quantity):
        yield "", "a quantity has value and unit or code"


def x12_unit(quantity: Resource) -> Iterator[Flaw]:
    """prof-3: a code comes from X12 673."""
    if "code" in quantity and quantity.get("system") != _UNITS:
        yield ".system", f"the system of a unit code is {_UNITS}"
