"""The official PAS requests with service codes replaced, and readers of the answers, as the acceptance cases use them."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[6] / "shared/fhir/examples"
"""Where the official examples are, beside the repository; tests skip when they are absent."""
PAS_2_2, PAS_2_0, FHIR = "/pas/2.2/fhir", "/pas/2.0/fhir", "/fhir"
Resource = dict[str, Any]
_NAMES = {
    "HC": "HomecareAuthorization",
    "HCU": "HomecareAuthorizationUpdate",
    "MS": "MedicalServicesAuthorization",
    "REF": "ReferralAuthorization",
    "SUR": "SurgicalRequest",
    "INQ": "PASClaimInquiry",
}


def request(name: str, codes: dict[int, str] | None = None, version: str = "2.2.1") -> Resource:
    """A request by its short name; `codes` replaces service codes by item sequence."""
    bundle = copy.deepcopy(_read(f"ig-pas-{version}/Bundle-{_NAMES[name]}BundleExample.json"))
    for item in claim(bundle).get("item", ()):
        if codes and item["sequence"] in codes:
            item["productOrService"]["coding"][0]["code"] = codes[item["sequence"]]
    return bundle


def seed(name: str) -> Resource:
    """A JSON block of a seed document."""
    return copy.deepcopy(_read(f"aidbox-seeds/{name}.json"))


@cache
def _read(name: str) -> Resource:
    parsed: Resource = json.loads((EXAMPLES / name).read_bytes())
    return parsed


def claim(bundle: Resource) -> Resource:
    """The first Claim."""
    found: Resource = bundle["entry"][0]["resource"]
    return found


def response(bundle: Resource) -> Resource:
    """The ClaimResponse of a response Bundle."""
    found: Resource = bundle["entry"][0]["resource"]
    assert found["resourceType"] == "ClaimResponse"
    return found


def resources(bundle: Resource, kind: str) -> list[Resource]:
    """All entries of a type."""
    return [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == kind]


def actions(found: Resource) -> dict[int, str | None]:
    """The review action of each item; None where there is none."""
    return {item["itemSequence"]: _action(item) for item in found.get("item", ())}


def _action(item: Resource) -> str | None:
    for review in item["adjudication"][0].get("extension", ()):
        for part in review["extension"]:
            if part["url"].endswith("reviewActionCode"):
                return str(part["valueCodeableConcept"]["coding"][0]["code"])
    return None


def number(found: Resource, sequence: int) -> str | None:
    """The authorization number of an item."""
    item = next(one for one in found["item"] if one["itemSequence"] == sequence)
    parts = item["adjudication"][0]["extension"][0]["extension"]
    return next((part["valueString"] for part in parts if part["url"] == "number"), None)


def extension(item: Resource, name: str) -> Any:
    """The value of an item's PAS extension; None when absent."""
    for one in item.get("extension", ()):
        if one["url"].endswith(f"extension-{name}"):
            return next(value for key, value in one.items() if key.startswith("value"))
    return None


def rules(outcome: Resource) -> list[str]:
    """The rules that an OperationOutcome names, errors only; each has an expression."""
    assert outcome["resourceType"] == "OperationOutcome"
    failed = [issue for issue in outcome["issue"] if issue["severity"] == "error"]
    codes = [coding["code"] for issue in failed for coding in issue["details"]["coding"] if coding["system"].endswith("pas-rules")]
    assert all(issue["expression"] for issue in failed if len(issue["details"]["coding"]) > 1)
    return codes
