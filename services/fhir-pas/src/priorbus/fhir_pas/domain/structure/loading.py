"""Models are imported and compiled when they are first used, which takes half a second: a service does it before its first request."""

from pydantic import BaseModel

from priorbus.fhir_pas.domain.structure.shapes import Shape, resource_shape, shape

_USUAL = (
    "Bundle",
    "Claim",
    "Coverage",
    "DocumentReference",
    "Encounter",
    "Location",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "QuestionnaireResponse",
    "ServiceRequest",
)


def load_usual_models() -> frozenset[str]:
    """Load the types that PAS requests are made of, and all types inside them; their names."""
    seen: dict[str, Shape] = {}
    waiting = [resource_shape(kind) for kind in _USUAL]
    while waiting:
        found = waiting.pop()
        if found.name not in seen:
            seen[found.name] = found
            waiting.extend(shape(model) for model in _parts(found))
    return frozenset(seen)


def _parts(whole: Shape) -> list[type[BaseModel]]:
    return [element.model for element in whole.elements.values() if element.model is not None]
