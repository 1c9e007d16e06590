"""Does a stored authorization answer an inquiry (fhir-pas.md 13)? The example says what has to fit; what it lacks restricts nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from priorbus.fhir_pas.domain.claim_keys import claim_identifier_keys, number_keys, wanted_member_keys
from priorbus.fhir_pas.domain.codes import DATA_ABSENT, NPI, extension
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.payer import CERTIFIED, ItemDecision, PayerAnswer
from priorbus.fhir_pas.domain.profile.checks import extensions
from priorbus.fhir_pas.domain.references import Links

_NUMBERS = (extension("authorizationNumber"), extension("administrationReferenceNumber"))
_END = extension("productOrServiceCodeEnd")
_DATES = (
    ("itemCertificationIssueDate", "issued"),
    ("itemCertificationEffectiveDate", "start"),
    ("itemCertificationExpirationDate", "end"),
)
"""Criteria of an item with the member of its decision that they are compared with."""
Span = tuple[str, str]
"""First and last date as text."""


@dataclass(frozen=True, slots=True)
class Request:
    """A Bundle of an inquiry or of a stored request, with its references."""

    bundle: Resource
    links: Links

    @property
    def claim(self) -> Resource:
        """The first Claim."""
        claim: Resource = self.bundle["entry"][0]["resource"]
        return claim

    def party(self, source: int, reference: Resource) -> tuple[int, Resource]:
        """The entry that a reference leads to; -1 and nothing when there is none."""
        position = self.links.target(source, reference.get("reference", ""))
        if position is None or position < 0:
            return -1, {}
        return position, self.bundle["entry"][position]["resource"]


def member_keys_of(inquiry: Request) -> list[str]:
    """The keys of the member that the inquiry is about."""
    return wanted_member_keys(inquiry.bundle, inquiry.links)


def identifier_keys_of(inquiry: Request) -> list[str]:
    """The keys of the Claim.identifier, which counts on `/fhir` only."""
    found = []
    for one in inquiry.claim.get("identifier", ()):
        keys = list(claim_identifier_keys(one))
        found.extend(keys[-1:])
    return found


def reference_number_keys(claim: Resource) -> frozenset[str]:
    """The keys of the authorization numbers and pend references that an inquiry names."""
    nodes = (claim, *claim.get("item", ()))
    numbers = (one.get("valueString", "") for node in nodes for url in _NUMBERS for one in extensions(node, url))
    return frozenset(number_keys(number for number in numbers if number))


def is_withheld(claim: Resource, codes: Iterable[str]) -> bool:
    """Whether an item's service code is one of these, which may hold `*`."""
    patterns = tuple(codes)
    services = (item.get("productOrService", {}) for item in claim.get("item", ()))
    known = [coding.get("code", "") for service in services for coding in service.get("coding", ())]
    return any(fnmatchcase(code, pattern) for code in known for pattern in patterns)


def phone_of_payer(inquiry: Request) -> str:
    """Where the payer that the inquiry names can be called; empty when it does not say."""
    telecoms = inquiry.party(0, inquiry.claim.get("insurer", {}))[1].get("telecom", ())
    return next((str(one["value"]) for one in telecoms if one.get("system") == "phone" and "value" in one), "")


def npis(request: Request, *, with_team: bool) -> frozenset[str]:
    """The NPIs of Claim.provider and, with the team, of the careTeam providers."""
    references = [request.claim.get("provider", {})]
    if with_team:
        references += [one.get("provider", {}) for one in request.claim.get("careTeam", ())]
    return frozenset(number for reference in references for number in _npis(request, reference))


def _npis(request: Request, reference: Resource) -> Iterator[str]:
    position, resource = request.party(0, reference)
    yield from _npi_values([reference["identifier"]] if "identifier" in reference else [])
    yield from _npi_values(resource.get("identifier", ()))
    if resource.get("resourceType") == "PractitionerRole":
        for role in ("practitioner", "organization"):
            yield from _npi_values(request.party(position, resource.get(role, {}))[1].get("identifier", ()))


def _npi_values(identifiers: Iterable[Resource]) -> Iterator[str]:
    return (one["value"] for one in identifiers if one.get("system") == NPI and "value" in one)


def same_payer(inquiry: Request, stored: Request) -> bool:
    """An insurer identifier is equal, when both have any."""
    wanted, known = (_insurer_ids(one) for one in (inquiry, stored))
    return not wanted or not known or bool(wanted & known)


def _insurer_ids(request: Request) -> frozenset[tuple[str, str]]:
    insurer = request.claim.get("insurer", {})
    found = [*request.party(0, insurer)[1].get("identifier", ()), *([insurer["identifier"]] if "identifier" in insurer else [])]
    return frozenset((one.get("system", ""), one["value"]) for one in found if "value" in one)


def fits(inquiry: Resource, claim: Resource, answer: PayerAnswer) -> bool:
    """Items and Claim-level criteria: one item of the inquiry fits one item of the Claim."""
    if not _overlap(_span(inquiry, "billablePeriod"), _span(claim, "billablePeriod")):
        return False
    wanted, known = _diagnoses(inquiry), _diagnoses(claim)
    if wanted and not wanted & known:
        return False
    decisions = {item.sequence: item for item in answer.items}
    pairs = ((one, item) for one in inquiry.get("item", ()) for item in claim.get("item", ()))
    return not inquiry.get("item") or any(_item_fits(one, item, decisions.get(item.get("sequence"))) for one, item in pairs)


def _item_fits(wanted: Resource, item: Resource, decision: ItemDecision | None) -> bool:
    asked = [one.get("valueCodeableConcept", {}) for one in extensions(wanted, extension("reviewActionCode"))]
    action = decision.action if decision else ""
    if any(action not in {coding.get("code") for coding in concept.get("coding", ())} for concept in asked):
        return False
    if not all(_certified_then(wanted, name, _known_date(decision, member)) for name, member in _DATES):
        return False
    traces = _traces(wanted)
    return (
        _service_fits(wanted, item)
        and (not traces or bool(traces & _traces(item)))
        and _overlap(_span(wanted, "servicedPeriod", "servicedDate"), _span(item, "servicedPeriod", "servicedDate"))
    )


def _known_date(decision: ItemDecision | None, member: str) -> str | None:
    """A date of the certification; the issue of one that is pended is not known."""
    certified = decision is not None and decision.action in CERTIFIED
    return getattr(decision, member) if certified else None


def _certified_then(wanted: Resource, name: str, known: str | None) -> bool:
    spans = [_span(one, "valuePeriod", "valueDate") for one in extensions(wanted, extension(name))]
    return not spans or (known is not None and all(_overlap(span, (known[:10], known[:10])) for span in spans))


def _service_fits(wanted: Resource, item: Resource) -> bool:
    codings = [one for one in wanted.get("productOrService", {}).get("coding", ()) if one.get("system") != DATA_ABSENT]
    ends = [coding for one in extensions(wanted, _END) for coding in one.get("valueCodeableConcept", {}).get("coding", ())]
    if not codings:
        return True
    known = item.get("productOrService", {}).get("coding", ())
    return any(_in_range(one, ends, other) for one in codings for other in known)


def _in_range(wanted: Resource, ends: list[Resource], known: Resource) -> bool:
    if wanted.get("system") not in {None, known.get("system")}:
        return False
    last = ends[0].get("code", "") if ends else wanted.get("code", "")
    return bool(wanted.get("code", "") <= known.get("code", "") <= last)


def _traces(item: Resource) -> frozenset[tuple[str, str]]:
    found = (one.get("valueIdentifier", {}) for one in extensions(item, extension("itemTraceNumber")))
    return frozenset((one.get("system", ""), one.get("value", "")) for one in found)


def _diagnoses(claim: Resource) -> frozenset[str]:
    concepts = (one.get("diagnosisCodeableConcept", {}) for one in claim.get("diagnosis", ()))
    return frozenset(coding.get("code", "") for concept in concepts for coding in concept.get("coding", ()))


def _span(node: Resource, *names: str) -> Span | None:
    for name in names:
        value = node.get(name)
        if isinstance(value, str):
            return value[:10], value[:10]
        if isinstance(value, dict):
            return value.get("start", "")[:10], value.get("end", "9999")[:10]
    return None


def _overlap(wanted: Span | None, known: Span | None) -> bool:
    return wanted is None or known is None or (wanted[0] <= known[1] and known[0] <= wanted[1])
