"""`Claim/$submit` (fhir-pas.md 8): persist the request, ask, persist the answer."""

from collections.abc import Iterable, Mapping
from functools import partial

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.replies import Refusal
from priorbus.fhir_pas.domain.exchange_records import exchange_kind, item_results, organisation_ids
from priorbus.fhir_pas.domain.resources import StoredResource
from priorbus.fhir_pas.domain.submissions import Submission, answer_of
from priorbus.fhir_pas.domain.validation import Rejection
from priorbus.fhir_pas.handlers.accepting import Acceptance
from priorbus.fhir_pas.handlers.answering import Answered, record_first_answer, replies_with
from priorbus.fhir_pas.handlers.asking import Question, first_word
from priorbus.fhir_pas.handlers.associating import held_for
from priorbus.fhir_pas.handlers.bodies import rejected
from priorbus.fhir_pas.handlers.considering import OPERATION, Considered, consider
from priorbus.fhir_pas.handlers.keeping import keep_rejected
from priorbus.fhir_pas.handlers.moving import move_contents
from priorbus.fhir_pas.handlers.opening import open_by_id
from priorbus.fhir_pas.handlers.prior import lost_race
from priorbus.fhir_pas.handlers.resuming import resumed
from priorbus.fhir_pas.handlers.tools import Tools, tenant_tools
from priorbus.fhir_pas.handlers.waiting import BUSY, until_decided
from priorbus.runtime.handling import Context, Handler, Observer, Outside, Result
from priorbus.runtime.work import Ref

_TRIES = 3
Prepared = Answered | Submission | Rejection
"""What is to be recorded, the submission that is the answer already, or why there is none."""


def observing(tools: Tools) -> Observer:
    """Everything up to the payer's answer."""
    return partial(prepare, tools=tools)


def handling(tools: Tools) -> Handler:
    """The handler with what it needs to know."""
    return partial(submit_claim, tools=tools)


def expects(prepared: Prepared, tenant: str) -> Iterable[Ref]:
    """The aggregates that recording the answer needs."""
    return prepared.touches(tenant) if isinstance(prepared, Answered) else ()


def described(prepared: Prepared, public_base: str) -> Mapping[str, str]:
    """What the record of the exchange tells beside its status."""
    if isinstance(prepared, Rejection):
        return {"kind": "initial"}
    submission = prepared if isinstance(prepared, Submission) else prepared.opened.submission
    items = answer_of(prepared).items if isinstance(prepared, Submission) else prepared.answer.items
    ids = {} if isinstance(prepared, Submission) else organisation_ids(prepared.opened.scene(public_base))
    return {"kind": exchange_kind(items, updates=submission.updates), "items": item_results(items), **ids}


async def submit_claim(command: SubmitClaim, context: Context, *, tools: Tools) -> Result | Refusal:
    """Record the answer and reply, or reply with one from before."""
    prepared: Prepared = context.observed
    if isinstance(prepared, Rejection):
        refusal = rejected(prepared, tools.terms.public_base)
        await keep_rejected(context, command.base, OPERATION, command, refusal)
        return refusal
    if isinstance(prepared, Submission):
        return replies_with(prepared, **{"Idempotency-Replayed": "true"})
    return replies_with(await record_first_answer(prepared, context, tools))


async def prepare(command: SubmitClaim, envelope: Envelope, outside: Outside, *, tools: Tools) -> Prepared:
    """Consider, persist, ask; what changed meanwhile is considered again, a few times."""
    tools = await tenant_tools(envelope.tenant, outside, tools)
    for number in range(_TRIES):
        considered = await consider(command, envelope, outside, tools=tools)
        if isinstance(considered, Rejection):
            return considered
        if considered.known is not None:
            return await _continued(considered.known, envelope, outside, tools)
        documents = await move_contents(command, considered, envelope, tools)
        if isinstance(documents, Rejection):
            return documents
        step = Acceptance(command, considered, documents, tools.terms.public_base, tools.terms.default_insurer, tools.terms.created_url)
        touches = step.touches(envelope.tenant, envelope.client)
        result = await outside.commit(f"accepted{number}", step, touches)
        if result["state"] in ("replaced", "lost"):
            return lost_race(result["head_url"]) if result["state"] == "replaced" else BUSY
        if result["state"] == "opened" and step.opened is not None:
            return await _asked(step, considered, envelope, outside, tools)
    return lost_race("")


async def _asked(step: Acceptance, considered: Considered, envelope: Envelope, outside: Outside, tools: Tools) -> Prepared:
    """The answer to what was persisted just now."""
    if step.opened is None:
        raise RuntimeError("nothing was persisted")
    question = Question(step.opened, considered.head, envelope.time, envelope.tenant)
    answer = await first_word(question, outside, tools)
    claim: StoredResource = step.versions[step.opened.submission.keys[0]]
    held = await held_for(claim, envelope.tenant, outside, tools.held)
    return Answered(step.opened, answer, held, step.versions)


async def _continued(known: Submission, envelope: Envelope, outside: Outside, tools: Tools) -> Prepared:
    """The answer of a submission that is there: wait for it when another command is at it, finish what this command has begun."""
    if not known.undecided:
        return known
    if known.opened_by != envelope.id:
        return await until_decided(known.id, envelope, outside, tools.terms)
    opened = await open_by_id(known.id, envelope.tenant, outside, tools)
    if opened is None:
        raise RuntimeError("the submission is gone")
    return await resumed(opened, envelope.tenant, outside, tools)
