from priorbus.fhir_pas.domain.structure.loading import load_usual_models
from priorbus.fhir_pas.domain.structure.shapes import resource_shape


def test_types_inside_types_are_loaded() -> None:
    assert {"Claim", "ClaimItem", "ClaimItemDetail", "CodeableConcept", "Coding", "Reference", "Extension"} <= load_usual_models()


def test_shapes_know_what_models_do_not_check() -> None:
    claim = resource_shape("Claim").elements
    assert (claim["status"].kind, claim["item"].kind, claim["item"].many) == ("string", "complex", True)
    document = resource_shape("DocumentReference").elements
    assert document["contained"].kind == "resource"
    item = claim["item"].model
    assert item is not None
    assert "fhir_comments" not in claim
