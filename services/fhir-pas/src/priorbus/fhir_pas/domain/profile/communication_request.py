"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-communicationrequest (fhir-pas.md 6.4)."""

from collections.abc import Iterator

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.table import ONLY_2_2, Flaw, Rule

_BY_VOICE = "VO"


def _identified(request: Resource) -> Iterator[Flaw]:
    codes = {coding.get("code") for medium in request.get("medium", ()) for coding in medium.get("coding", ())}
    if _BY_VOICE not in codes and "identifier" not in request:
        yield ".identifier", "identifier is missing and the medium is not VO"


RULES = (Rule("V-8", "", _identified, "E W", "invariant", "CommunicationRequest needs an identifier", ONLY_2_2),)
