"""`$submit-attachment` (fhir-pas.md 16): find the Claim, keep the contents, and refer to them from a new version of the Claim."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

from priorbus.contracts.commands.fhir_access import SubmitAttachment
from priorbus.contracts.commands.storage import KeepDocuments
from priorbus.contracts.documents import Document
from priorbus.contracts.envelope import Envelope
from priorbus.contracts.fhir_scopes import grants
from priorbus.fhir_pas.aggregates import ATTACHMENT_SUBMISSIONS, RESOURCE_HISTORY, RESOURCES
from priorbus.fhir_pas.domain.attachments.association import associated, content_key, stored_content, wanted_keys
from priorbus.fhir_pas.domain.attachments.disagreements import disagreements
from priorbus.fhir_pas.domain.attachments.inline import inline_content
from priorbus.fhir_pas.domain.attachments.request import AttachmentRequest, inline_attachments, read_request
from priorbus.fhir_pas.domain.attachments.review import review
from priorbus.fhir_pas.domain.attachments.signatures import signature_issue
from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission, HeldAttachment
from priorbus.fhir_pas.domain.attachments.texts import accepted_text, attachment_events, missing_claim
from priorbus.fhir_pas.domain.bases import Base
from priorbus.fhir_pas.domain.duplicates import duplicate_key
from priorbus.fhir_pas.domain.fhir_json import dump
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.resources import StoredResource, next_version
from priorbus.fhir_pas.domain.retention import touched
from priorbus.fhir_pas.domain.search_terms import token_text
from priorbus.fhir_pas.domain.submissions import submission_id
from priorbus.fhir_pas.domain.terms import Terms
from priorbus.fhir_pas.domain.validation import Rejection
from priorbus.fhir_pas.handlers.attachment_target import AttachmentTarget, Target
from priorbus.fhir_pas.handlers.bodies import too_large
from priorbus.fhir_pas.handlers.fhir_replies import answered, declined, outcome, plain_issue
from priorbus.fhir_pas.handlers.keeping import keep_accepted, keep_rejected
from priorbus.fhir_pas.handlers.recording import count_attachments
from priorbus.fhir_pas.handlers.request_body import request_text
from priorbus.fhir_pas.handlers.tools import tenant_terms
from priorbus.fhir_pas.ports import ContentNotStored, InlineContents, RequestBodies
from priorbus.runtime.handling import Context, LastingRefusal, Result
from priorbus.runtime.work import Reader

OPERATION = "$submit-attachment"
_AGAIN = Issue("", "error", "transient", "Bytes are being removed", "the same bytes were stored before; send the request again", "")


@dataclass(frozen=True, slots=True)
class Considered:
    """A valid request: the submission it becomes, the Claim it is for (None: unsolicited), and its contents in storage."""

    request: AttachmentRequest
    base: Base
    submission_id: str
    target: Target | None
    documents: dict[str, Document]
    held_for: timedelta


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that is answered, and of which nothing but the request itself is kept."""

    result: dict[str, Any] | LastingRefusal


@dataclass(frozen=True, slots=True)
class SubmitAttachmentHandler:
    """Contact with object store, storage service and index in `observe`; one transaction in `handle`."""

    bodies: RequestBodies
    contents: InlineContents
    target: AttachmentTarget
    terms: Terms

    async def observe(self, command: SubmitAttachment, envelope: Envelope, reader: Reader) -> Considered | Answered:
        """With the tenant's own settings."""
        terms = await tenant_terms(envelope.tenant, reader, self.terms)
        return await replace(self, terms=terms).read(command, envelope, reader)

    async def read(self, command: SubmitAttachment, envelope: Envelope, reader: Reader) -> Considered | Answered:
        """Validate, and look whether the request is known."""
        base = self.terms.base(command.base)
        if base is None:
            raise ValueError("no such base")
        text, limits = await request_text(command.request, self.bodies), self.terms.limits
        request = too_large(command.request.size, limits) or read_request(text, self.terms.strictness(base), limits)
        if isinstance(request, Rejection):
            return self._refusal(request.status, request.issues)
        missing = _missing_scopes(request, command.caller.scopes)
        if missing:
            return self._refusal(403, (_scope_issue(missing),))
        key = duplicate_key(request.body, envelope.tenant, envelope.client, f"{base.path}/{OPERATION}")
        id_, known = await self._latest(key, envelope, reader)
        if known is not None:
            return Answered(answered(200, known.response, Idempotency_Replayed="true"))
        flaw = signature_issue((one.content for one in request.attachments), self.terms.signatures)
        if flaw is not None:
            return self._refusal(400, (flaw,), "signature_invalid")
        return await self._consider(command, envelope, reader, request, base, id_)

    async def _consider(
        self, command: SubmitAttachment, envelope: Envelope, reader: Reader, request: AttachmentRequest, base: Base, id_: str
    ) -> Considered | Answered:
        target = await self.target.find(request, self.terms.strictness(base), envelope, reader)
        if isinstance(target, Rejection):
            return self._refusal(target.status, target.issues)
        if target is None and base.release == "seed":
            return Answered(LastingRefusal(code="validation_failed", result=answered(422, outcome(missing_claim()))))
        try:
            documents = await self._store(command, envelope, request, id_)
        except ContentNotStored as error:
            return self._not_stored(str(error))
        return Considered(request, base, id_, target, documents, self.terms.held_for)

    def _not_stored(self, code: str) -> Answered:
        if code == "content_refused":
            issue = Issue("", "error", "security", "Content refused", "the scanner refused a content", "")
            return self._refusal(422, (issue,), "content_refused")
        return self._refusal(500, (Issue("", "error", "exception", "Content could not be kept", "nothing was stored", ""),))

    def _refusal(self, status: int, issues: Sequence[Issue], code: str = "") -> Answered:
        return Answered(declined(status, issues, self.terms.public_base, code))

    async def _latest(self, key: str, envelope: Envelope, reader: Reader) -> tuple[str, AttachmentSubmission | None]:
        """The submission that still answers this request, or the id of the one to be."""
        for generation in count():
            id_ = submission_id(key, generation)
            known = await reader.get(ATTACHMENT_SUBMISSIONS, envelope.tenant, id_)
            if known is None or envelope.time - known.created_at < self.terms.replay_window:
                return id_, known
        raise AssertionError("counting has no end")

    async def _store(self, command: SubmitAttachment, envelope: Envelope, request: AttachmentRequest, id_: str) -> dict[str, Document]:
        """Step 3: every inline content of the request, at once; by JSON Pointer."""
        found = [
            (pointer, inline_content(id_, pointer, attachment, command.request.body_key))
            for one in request.attachments
            for attachment, pointer in inline_attachments(one.content, one.pointer)
            if "data" in attachment
        ]
        documents = await self.contents.store(envelope, [content for _, content in found])
        return {pointer: document for (pointer, _), document in zip(found, documents, strict=True)}

    async def handle(self, command: SubmitAttachment, context: Context) -> Result | LastingRefusal:
        considered: Considered | Answered = context.observed
        if isinstance(considered, Answered):
            if isinstance(considered.result, LastingRefusal):
                await keep_rejected(context, command.base, OPERATION, command.request, considered.result)
            return considered.result
        known = await context.work.get(ATTACHMENT_SUBMISSIONS, context.tenant, considered.submission_id)
        if known is not None:
            return answered(200, known.response, Idempotency_Replayed="true")
        if not await self._keep(command, considered, context):
            return declined(503, (_AGAIN,), self.terms.public_base)
        held = await self._persist_contents(considered, context)
        if considered.documents:
            context.work.publish(KeepDocuments(document_ids=tuple(one.id for one in considered.documents.values())))
        return await self._conclude(considered, held, context)

    async def _keep(self, command: SubmitAttachment, considered: Considered, context: Context) -> bool:
        """As long as the Claim, or while they are held."""
        target, end = considered.target, context.now + considered.held_for
        life: dict[str, Any] = {"until": end} if target is None else {"claim": target.claim_id}
        return await keep_accepted(context, command.base, OPERATION, command.request, considered.submission_id, **life)

    async def _persist_contents(self, considered: Considered, context: Context) -> tuple[HeldAttachment, ...]:
        """The attachments as they are kept, and a stored resource for each content (fhir-pas.md 16, step 4)."""
        attachments, client = considered.request.attachments, context.envelope.client
        wanted = wanted_keys(attachments, considered.base)
        known = {key: await context.work.get(RESOURCES, context.tenant, key) for key in wanted}
        held = []
        for position, one in enumerate(attachments):
            key = content_key(one, position, considered.submission_id, known, client)
            content = stored_content(one, key, considered.documents, self.terms.public_base)
            resource = next_version(known.get(key), content, client, context.now)
            before = known.get(key)
            if resource is not before:
                put_version(context, before, resource)
            elif (after := touched(resource, context.now)) is not resource:
                context.work.put(RESOURCES, context.tenant, after)
            held.append(HeldAttachment(resource=resource, code=dump(one.code) if one.code else None, lines=one.lines))
        return tuple(held)

    async def _conclude(self, considered: Considered, held: tuple[HeldAttachment, ...], context: Context) -> Result:
        """Step 5, and the answer."""
        target, claim = considered.target, None
        if target is not None:
            claim = await context.work.get(RESOURCES, context.tenant, f"Claim/{target.claim_id}")
        if claim is not None and target is not None:
            updated = associated(claim, held, considered.base, context.now)
            put_version(context, claim, updated)
            claim = updated
        decided = target is not None and target.decided and considered.base.release != "seed"
        issues = [plain_issue("information", "informational", accepted_text(claim, decided=decided))]
        if considered.base.release != "seed":
            contents = ((one.content, one.pointer) for one in considered.request.attachments)
            warnings = (*(target.warnings if target else ()), *disagreements(contents, considered.documents))
            issues += [plain_issue("warning", issue.code, issue.diagnostics) for issue in warnings]
        response = dump(outcome(*issues))
        context.work.put(ATTACHMENT_SUBMISSIONS, context.tenant, _submission(considered, held, claim, response, context))
        if target is not None and target.authorization_id is not None:
            labels = ((one.code, one.lines) for one in considered.request.attachments)
            context.work.publish(review(target.authorization_id, considered.submission_id, labels, final=considered.request.final))
        count_attachments("held" if claim is None else "accepted", len(held))
        for fact in attachment_events(considered.submission_id, claim, final=considered.request.final, now=context.now):
            context.work.publish(fact)
        touched = [f"{one.resource.type}/{one.resource.id}" for one in held] + ([] if claim is None else [f"Claim/{claim.id}"])
        return {**answered(200, response), "resources": touched}


def put_version(context: Context, before: StoredResource | None, after: StoredResource) -> None:
    """Write a version, and the one before to the history; nothing when nothing changed."""
    if after is before:
        return
    if before is not None:
        context.work.put(RESOURCE_HISTORY, context.tenant, before)
    context.work.put(RESOURCES, context.tenant, after)


def _missing_scopes(request: AttachmentRequest, scopes: Sequence[str]) -> tuple[str, ...]:
    needed = ("system/Claim.u", *(f"system/{kind}.c" for kind in request.resource_types))
    return tuple(scope for scope in needed if not grants(scopes, scope))


def _scope_issue(missing: Sequence[str]) -> Issue:
    return Issue("", "error", "forbidden", "Scope missing", f"needed: {' '.join(missing)}", "")


def _submission(
    considered: Considered, held: tuple[HeldAttachment, ...], claim: StoredResource | None, response: bytes, context: Context
) -> AttachmentSubmission:
    waits = claim is None
    return AttachmentSubmission(
        id=considered.submission_id,
        client=context.envelope.client,
        base=considered.base.path,
        status="held" if waits else "accepted",
        tracking=token_text(considered.request.tracking),
        attach_to=considered.request.attach_to,
        final=considered.request.final,
        providers=tuple(token_text(one) for one in considered.request.providers),
        held=held if waits else (),
        response=response,
        created_at=context.now,
        expires_at=context.now + considered.held_for,
    )
