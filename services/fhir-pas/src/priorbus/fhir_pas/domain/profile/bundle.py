"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-pas-request-bundle (fhir-pas.md 6.2)."""

import re
from collections import Counter
from collections.abc import Iterator

from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.profile.checks import absent, equal, present, unique
from priorbus.fhir_pas.domain.profile.table import ONLY_2_2, Flaw, Rule

_URL = re.compile(r"https?://\S+/([A-Za-z]+)/([A-Za-z0-9.\-]{1,64})")
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOST_CLAIMS = 2
_VERSION_DIGIT = len("urn:uuid:xxxxxxxx-xxxx-")


def _has_entries(bundle: Resource) -> Iterator[Flaw]:
    if not bundle.get("entry"):
        yield ".entry", "the Bundle has no entry"


def _starts_with_claim(bundle: Resource) -> Iterator[Flaw]:
    first: Resource = next(iter(bundle.get("entry", ())), {})
    if first.get("resource", {}).get("resourceType") != "Claim":
        yield ".entry[0].resource", "the first resource is not a Claim"


def _claims(bundle: Resource) -> list[Resource]:
    found = (entry.get("resource", {}) for entry in bundle.get("entry", ()))
    return [resource for resource in found if resource.get("resourceType") == "Claim"]


def _two_claims(bundle: Resource) -> Iterator[Flaw]:
    if len(_claims(bundle)) > _MOST_CLAIMS:
        yield ".entry", "more than two Claims"


def _second_claim(bundle: Resource) -> Iterator[Flaw]:
    claims = _claims(bundle)
    if len(claims) == _MOST_CLAIMS and "related" not in claims[0]:
        yield ".entry", "a second Claim, but the first has no related"


def _full_url(entry: Resource) -> Iterator[Flaw]:
    url = entry.get("fullUrl")
    if url is not None and not (_URL.fullmatch(url) or _UUID.fullmatch(url)):
        yield ".fullUrl", "expected an http(s) URL that ends in Type/id, or urn:uuid: and a UUID"


def _uuid_version(entry: Resource) -> Iterator[Flaw]:
    url = entry.get("fullUrl", "")
    if _UUID.fullmatch(url) and url[_VERSION_DIGIT] != "4":
        yield ".fullUrl", "the UUID is not version 4"


def _agrees(entry: Resource) -> Iterator[Flaw]:
    match = _URL.fullmatch(entry.get("fullUrl", ""))
    resource = entry.get("resource", {})
    if match and (resource.get("resourceType"), resource.get("id")) != match.groups():
        yield ".fullUrl", "the URL does not end in the resource's type and id"


def _once(bundle: Resource) -> Iterator[Flaw]:
    resources = (entry.get("resource", {}) for entry in bundle.get("entry", ()))
    kinds = Counter((resource.get("resourceType"), resource["id"]) for resource in resources if "id" in resource)
    if any(times > 1 for times in kinds.values()):
        yield ".entry", "two entries have the same type and id"


def _one_claim(bundle: Resource) -> Iterator[Flaw]:
    if len(_claims(bundle)) > 1:
        yield ".entry", "more than one Claim"


RULES = (
    Rule("B-1", "", equal("type", expected="collection"), "E E", "value", "Bundle type"),
    Rule("B-2", "", present("identifier"), "E W", "required", "Bundle needs an identifier"),
    Rule("B-3", "", present("timestamp"), "E W", "required", "Bundle needs a timestamp"),
    Rule("B-4", "", _has_entries, "E E", "required", "Bundle needs entries"),
    Rule("B-5", "entry", present("resource"), "E E", "required", "Entry needs a resource"),
    Rule("B-6", "", _starts_with_claim, "E E", "invariant", "The Claim comes first"),
    Rule("B-7", "", _two_claims, "E E", "invariant", "At most two Claims"),
    Rule("B-8", "", _second_claim, "W W", "invariant", "A second Claim belongs to an update", ONLY_2_2),
    Rule("B-9", "entry", present("fullUrl"), "E W", "required", "Entry needs a fullUrl"),
    Rule("B-10", "entry", _full_url, "E W", "value", "Form of fullUrl"),
    Rule("B-11", "entry", _uuid_version, "W -", "value", "Version of a UUID"),
    Rule("B-12", "", unique("entry", "fullUrl"), "E E", "duplicate", "fullUrl is unique"),
    Rule("B-13", "", _once, "W W", "duplicate", "Each resource appears once"),
    Rule("B-14", "entry", _agrees, "W W", "value", "fullUrl names the resource"),
    Rule("B-15", "entry", absent("search", "request", "response"), "E W", "structure", "Only fullUrl and resource in entries"),
)

INQUIRY_RULES = tuple(
    Rule("B-7", "", _one_claim, "E E", "invariant", "Exactly one Claim") if rule.id == "B-7" else rule for rule in RULES if rule.id != "B-8"
)
"""The same for `$inquire`."""
