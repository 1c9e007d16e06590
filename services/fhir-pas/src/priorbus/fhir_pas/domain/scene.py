"""One submission with everything a response needs, and the two ways to name its resources (fhir-pas.md 7 and 8)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.claim_bundle.elements import identifier
from priorbus.fhir_pas.domain.claim_response import Answered
from priorbus.fhir_pas.domain.fhir_json import Resource
from priorbus.fhir_pas.domain.identity_map import entry_url, stored_contents
from priorbus.fhir_pas.domain.information import Asking
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.references import CONTAINED, Links
from priorbus.fhir_pas.domain.resources import CREATED_AT_URL
from priorbus.fhir_pas.domain.updates import completed

ROLES = ("patient", "insurer", "provider")
_NAMING = frozenset({"reference", "identifier", "display"})
"""What a Reference may say of whom it means; R4 lets no Claim leave the provider out, but it may say that it is unknown."""


@dataclass(frozen=True, slots=True)
class Scene:
    """`keys` are the `Type/id` of the request's entries in the store; `created` is when the first answer was recorded.

    `created_url` names the extension that tells when stored resources were created. `stand_ins` are identifiers of insurer and
    provider for a Claim that names none (`domain.stand_ins`), `kept` what an update left out.
    """

    submission_id: str
    authorization_id: str
    response_id: str
    bundle: Resource
    links: Links
    keys: tuple[str, ...]
    answer: PayerAnswer
    public_base: str
    created: datetime
    human_reviewed: bool = False
    created_url: str = CREATED_AT_URL
    stand_ins: Mapping[str, Resource] = field(default_factory=dict)
    kept: Resource = field(default_factory=dict)

    @property
    def claim(self) -> Resource:
        """The Claim as it was sent."""
        claim: Resource = self.bundle["entry"][0]["resource"]
        return claim

    @property
    def tracking(self) -> Resource:
        """The identifier under which clients may send attachments."""
        return identifier(f"{self.public_base}/identifiers/pas-tracking", self.authorization_id)

    def contents(self) -> tuple[Resource, ...]:
        """The request's resources as they are stored."""
        return stored_contents(self.bundle, self.links, self.keys)

    def url(self, position: int) -> str:
        """The fullUrl of an entry, as every echo has it."""
        return entry_url(self.bundle, position, self.submission_id)

    def target(self, role: str) -> int | None:
        """The entry that plays a role; a missing insurer is the payor of the Coverage (fhir-pas.md 7)."""
        text = self._named(role).get("reference")
        if text is not None:
            found = self.links.target(0, text)
            return found if found != CONTAINED else None
        return self._payor() if role == "insurer" else None

    def party(self, role: str, name: Callable[[int], str]) -> Resource | None:
        """The reference to who plays a role, without its display."""
        position = self.target(role)
        if position is not None:
            return {"reference": name(position)}
        named = self._named(role)
        if not _NAMING.intersection(named):
            return {"identifier": meant} if (meant := self.stand_in(role)) is not None else None
        return {key: named[key] for key in ("reference", "identifier") if key in named} or None

    def stand_in(self, role: str) -> Resource | None:
        """The identifier of who is meant when the Claim names nobody; a payor's own goes before the default."""
        if _NAMING.intersection(self._named(role)):
            return None
        payors = self._payors() if role == "insurer" else ()
        return next((payor["identifier"] for _, payor in payors if "identifier" in payor), self.stand_ins.get(role))

    def _named(self, role: str) -> Resource:
        found: Resource = self.claim.get(role, {})
        return found

    def _payor(self) -> int | None:
        for coverage, payor in self._payors():
            found = self.links.target(coverage, payor.get("reference", ""))
            if found is not None and found != CONTAINED:
                return found
        return None

    def _payors(self) -> Iterator[tuple[int, Resource]]:
        """The payors of each Coverage and where it is, the focal one first."""
        for insurance in sorted(self.claim.get("insurance", ()), key=lambda one: not one.get("focal")):
            coverage = self.links.target(0, insurance.get("coverage", {}).get("reference", ""))
            if coverage is not None and coverage != CONTAINED:
                for payor in self.bundle["entry"][coverage]["resource"].get("payor", ()):
                    yield coverage, payor


def parties(scene: Scene, name: Callable[[int], str]) -> Mapping[str, Resource]:
    """The references of patient, insurer and provider; `name` names an entry."""
    found = {role: scene.party(role, name) for role in ROLES}
    return {role: party for role, party in found.items() if party is not None}


def asking(scene: Scene, base: Base, name: Callable[[int], str]) -> Asking:
    """What CommunicationRequests and Tasks are made of."""
    identifiers = {}
    for role in ("insurer", "provider"):
        position = scene.target(role)
        known = scene.bundle["entry"][position]["resource"].get("identifier", ()) if position is not None else ()
        if isinstance(known, list) and known:
            identifiers[role] = known[0]
        elif position is None and (meant := scene.stand_in(role)) is not None:
            identifiers[role] = meant
    named = parties(scene, name)
    full = scene.answer.full_detail and base.release == "2.2"
    return Asking(scene.submission_id, scene.tracking, scene.claim, named, identifiers, scene.public_base, scene.created, base, full)


def answered(scene: Scene, base: Base, name: Callable[[int], str], asked: tuple[str, ...], *, inquiry: bool = False) -> Answered:
    """What the ClaimResponse is made of when entries are named so."""
    return Answered(
        id=scene.response_id,
        authorization_id=scene.authorization_id,
        claim=completed(scene.claim, scene.kept),
        parties=parties(scene, name),
        request={"reference": name(0)},
        answer=scene.answer,
        public_base=scene.public_base,
        created=scene.created,
        release=base.release,
        human_reviewed=scene.human_reviewed,
        asked=asked,
        inquiry=inquiry,
    )
