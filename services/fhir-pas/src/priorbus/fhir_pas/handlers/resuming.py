"""A submission that was persisted but not answered, because a process died: it is answered now (fhir-pas.md 8)."""

from priorbus.fhir_pas.handlers.answering import Answered
from priorbus.fhir_pas.handlers.asking import first_word, reopened_question
from priorbus.fhir_pas.handlers.associating import held_for_stored
from priorbus.fhir_pas.handlers.opening import Opened
from priorbus.fhir_pas.handlers.tools import Tools
from priorbus.runtime.work import Reader


async def resumed(opened: Opened, tenant: str, reader: Reader, tools: Tools) -> Answered:
    """The answer to record; the payer may have been asked before."""
    question = await reopened_question(opened, tenant, reader, tools)
    answer = await first_word(question, reader, tools)
    return Answered(opened, answer, await held_for_stored(opened.submission, tenant, reader, tools.held))
