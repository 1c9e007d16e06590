"""What a payer says of a case of the REST API, in the form in which its ClaimResponse shows it (fhir-pas.md 24)."""

from collections.abc import Iterable
from dataclasses import replace

from priorbus.fhir_pas.domain.claim_bundle.mapping import request_coding
from priorbus.fhir_pas.domain.codes import LOINC, QUESTIONNAIRE
from priorbus.fhir_pas.domain.identity import number_of
from priorbus.fhir_pas.domain.information import without_tasks
from priorbus.fhir_pas.domain.late_answers import has_pended, with_decisions
from priorbus.fhir_pas.domain.payer import InformationRequest, ItemDecision, PayerAnswer, PayerRequest, WantedDocument


def says_something(answer: PayerAnswer) -> bool:
    """Whether there is anything to record."""
    return bool(answer.items or answer.error or answer.information)


def is_decided(answer: PayerAnswer) -> bool:
    """Whether nothing is open any more."""
    return bool(answer.error or answer.items) and not has_pended(answer)


def shown(news: PayerAnswer, request: PayerRequest, *, tasks: bool) -> PayerAnswer:
    """The same news with what a ClaimResponse needs: a payer that asks for information pends every line and names codes.

    `tasks` tells whether the tenant wants Tasks about them.
    """
    if news.information is None:
        return news
    items = news.items or tuple(_pended(line.sequence, news, request) for line in request.lines)
    asking = replace(news, items=items, wanted=news.wanted or tuple(_wanted(news.information)))
    return asking if tasks else without_tasks(asking)


def with_news(known: PayerAnswer, news: PayerAnswer, day: str) -> PayerAnswer:
    """The answer after later news: decisions on pended items, or what else the payer wants; what is decided stays."""
    reference = news.reference or known.reference
    if news.error is not None and not is_decided(known):
        return PayerAnswer(error=news.error, reference=reference)
    decided = with_decisions(known, news.items, day)
    information = news.information or known.information
    return replace(
        decided,
        reference=reference,
        information=information if has_pended(decided) else None,
        wanted=tuple(_united(known.wanted, news.wanted)),
    )


def _pended(sequence: int, news: PayerAnswer, request: PayerRequest) -> ItemDecision:
    return ItemDecision(sequence, "A4", reference=news.reference or number_of("PEND", request.identifier, str(sequence)))


def _wanted(information: InformationRequest) -> Iterable[WantedDocument]:
    """A document for each type; a question is asked as a questionnaire."""
    if not information.document_types:
        return [WantedDocument(QUESTIONNAIRE, LOINC, questionnaire=True)]
    codings = dict.fromkeys(request_coding(kind) for kind in information.document_types)
    return [WantedDocument(code, system) for system, code in codings]


def _united(known: Iterable[WantedDocument], news: Iterable[WantedDocument]) -> Iterable[WantedDocument]:
    """Each document once; what has come already is not wanted again."""
    found: dict[tuple[str, str, int | None], WantedDocument] = {}
    for one in (*known, *news):
        found.setdefault((one.system, one.code, one.line), one)
    return found.values()
