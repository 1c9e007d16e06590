"""Phase 3: is the request well-formed R4 (fhir-pas.md 5 and 6.1)."""

from dataclasses import dataclass

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.issues import Issue, Setting
from priorbus.fhir_pas.domain.structure.models import model_issues
from priorbus.fhir_pas.domain.structure.walk import FoundReference, Walk


@dataclass(frozen=True, slots=True)
class Structure:
    """The outcome of the phase: its issues, and the references it met, for the phases after it."""

    issues: tuple[Issue, ...]
    references: tuple[FoundReference, ...]


def check_structure(resource: Resource, *, modifiers: Setting, blanks: Setting = "warning") -> Structure:
    """Rules S-1 to S-9, with the severities of S-9 and S-8.

    The models are not asked when a nested resource type is unknown, because they fail on it.
    """
    root = str(resource["resourceType"])
    walk = Walk(modifiers, blanks)
    walk.resource(resource, root)
    issues = list(walk.issues)
    if not any(issue.rule == "S-2" and issue.severity == "error" for issue in issues):
        issues.extend(model_issues(resource, root))
    return Structure(tuple(issues), tuple(walk.references))
