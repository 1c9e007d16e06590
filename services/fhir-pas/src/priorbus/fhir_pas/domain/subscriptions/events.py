"""What Subscriptions are told about: later versions of ClaimResponses, and who may want to know (fhir-pas.md 14.3)."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from priorbus.fhir_pas.domain.codes import extension
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.references import CONTAINED
from priorbus.fhir_pas.domain.scene import Scene

_CODES = ("applicationSenderCode", "interchangeSenderID")


class ResponseChange(BaseModel):
    """One later version of a ClaimResponse, and all that its response Bundle is made of again on any base.

    `answer` is the payer's answer as of then (`domain.submissions.answer_json`), `parties` what filters find it by, `told` whether
    Subscriptions have their events about it.
    """

    model_config = ConfigDict(frozen=True)

    claim_response_id: str
    version: int
    submission_id: str
    answer: bytes
    human_reviewed: bool
    parties: tuple[str, ...]
    at: datetime
    told: bool = False


class SubscriptionEvent(BaseModel):
    """One numbered event of a Subscription: a ResponseChange that matched."""

    model_config = ConfigDict(frozen=True)

    subscription_id: str
    number: int
    claim_response_id: str
    version: int
    at: datetime


def change_key(change: ResponseChange) -> str:
    """One change per version of a ClaimResponse."""
    return version_key(change.claim_response_id, change.version)


def version_key(claim_response_id: str, version: int) -> str:
    """The key of the change that made this version."""
    return f"{claim_response_id}/{version}"


def event_key(event: SubscriptionEvent) -> str:
    """Numbers are per Subscription."""
    return f"{event.subscription_id}/{event.number}"


def matches(filters: tuple[tuple[str, ...], ...], parties: tuple[str, ...]) -> bool:
    """Whether each filter has a value among the parties."""
    known = frozenset(parties)
    return all(known.intersection(values) for values in filters)


def parties_of(scene: Scene, registered: tuple[str, ...]) -> tuple[str, ...]:
    """Values and `system|value` of who asked: transmission codes, provider and its organisation, identifiers of the client."""
    return tuple(dict.fromkeys([*_transmission(scene.claim), *_provider(scene), *_registered(registered)]))


def _transmission(claim: Resource) -> Iterator[str]:
    for one in claim.get("extension", ()):
        if one.get("url") == extension("TransmissionIdentifiers"):
            for part in one.get("extension", ()):
                if part.get("url") in _CODES and "valueString" in part:
                    yield part["valueString"]


def _provider(scene: Scene) -> Iterator[str]:
    position = scene.target("provider")
    if position is None:
        return
    provider = scene.bundle["entry"][position]["resource"]
    yield from _identifiers(provider)
    for role in ("organization", "practitioner") if provider["resourceType"] == "PractitionerRole" else ():
        found = scene.links.target(position, provider.get(role, {}).get("reference", ""))
        if found is not None and found != CONTAINED:
            yield from _identifiers(scene.bundle["entry"][found]["resource"])


def _identifiers(resource: Resource) -> Iterator[str]:
    for one in resource.get("identifier", ()):
        if "value" in one:
            yield from _forms(f"{one.get('system', '')}|{one['value']}")


def _registered(identifiers: tuple[str, ...]) -> Iterator[str]:
    for identifier in identifiers:
        yield from _forms(identifier)


def _forms(identifier: str) -> Iterator[str]:
    system, _, value = identifier.rpartition("|")
    yield value
    if system:
        yield identifier
