"""Claim.supportingInfo: one entry for each document, with sequences that survive an update (fhir-pas.md 12)."""

from collections.abc import Iterator, Sequence

from priorbus.fhir_pas.domain.claim_bundle.documents import Document
from priorbus.fhir_pas.domain.claim_bundle.elements import concept, reference
from priorbus.fhir_pas.domain.codes import INFO_CANCELLED, TEMP_CODES, extension, x12
from priorbus.fhir_pas.domain.fhir_json import Resource


def supporting_info(documents: Sequence[Document], prior_claim: Resource | None) -> list[Resource]:
    """The entries of the new Claim: what the prior Claim had keeps its sequence, lost documents stay as cancelled, new ones follow."""
    prior = {info["valueReference"]["reference"]: info for info in (prior_claim or {}).get("supportingInfo", ())}
    last = max((info["sequence"] for info in prior.values()), default=0)
    fresh = [document for document in documents if document.full_url not in prior]
    numbers = {document.full_url: last + place for place, document in enumerate(fresh, 1)}
    current = [_entry(document, prior.get(document.full_url), numbers, update=prior_claim is not None) for document in documents]
    present = {document.full_url for document in documents}
    gone = [_cancelled(info) for url, info in prior.items() if url not in present]
    return sorted((*current, *gone), key=lambda info: int(info["sequence"]))


def lost_entries(documents: Sequence[Document], prior: Resource | None) -> Iterator[Resource]:
    """Entries of the prior Bundle that its Claim still refers to although the case has them no more."""
    if prior is None:
        return
    present = {document.full_url for document in documents}
    referred = {info["valueReference"]["reference"] for info in prior["entry"][0]["resource"].get("supportingInfo", ())}
    yield from (entry for entry in prior["entry"] if entry["fullUrl"] in referred - present)


def _entry(document: Document, prior: Resource | None, numbers: dict[str, int], *, update: bool) -> Resource:
    information = {"url": "reportTypeCode", "valueCodeableConcept": concept(x12(755), document.report_type)}
    extensions: list[Resource] = [{"url": extension("documentInformation"), "extension": [information]}]
    if update and prior is None:
        extensions.append({"url": extension("infoChanged"), "valueCode": "added"})
    return {
        "extension": extensions,
        "sequence": prior["sequence"] if prior else numbers[document.full_url],
        "category": concept(TEMP_CODES, "additionalInformation"),
        "valueReference": reference(document.full_url),
    }


def _cancelled(info: Resource) -> Resource:
    return {**info, "modifierExtension": [{"url": INFO_CANCELLED, "valueBoolean": True}]}
