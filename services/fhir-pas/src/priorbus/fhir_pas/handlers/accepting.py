"""The first transaction of `$submit`: the request is persisted, and nobody else can update the same head (fhir-pas.md 8)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from priorbus.contracts.commands.fhir_pas import SubmitClaim
from priorbus.contracts.commands.storage import KeepDocuments
from priorbus.contracts.documents import Document
from priorbus.fhir_pas.aggregates import CLAIM_AUTHORIZATIONS, RESOURCES, SUBMISSIONS
from priorbus.fhir_pas.domain.acceptance import Accepted, Opening, wanted_keys
from priorbus.fhir_pas.domain.attachments.disagreements import disagreements
from priorbus.fhir_pas.domain.fhir_json import Resource, dump, parse
from priorbus.fhir_pas.domain.issues import Issue
from priorbus.fhir_pas.domain.payer import PayerAnswer
from priorbus.fhir_pas.domain.resources import CREATED_AT_URL, StoredResource
from priorbus.fhir_pas.domain.submissions import Submission, answer_json
from priorbus.fhir_pas.domain.updates import carried, left_out, plan
from priorbus.fhir_pas.handlers.considering import OPERATION, Considered
from priorbus.fhir_pas.handlers.keeping import keep_accepted
from priorbus.fhir_pas.handlers.opening import Opened
from priorbus.fhir_pas.handlers.persisting import opening_of, persist
from priorbus.fhir_pas.handlers.revising import timer_key
from priorbus.runtime.handling import Context
from priorbus.runtime.work import Ref


@dataclass(slots=True)
class Acceptance:
    """A step for `Outside.commit`; once it was carried out, `opened` and `versions` are what it made.

    Its result's `state` is `opened`, `known` when another command has persisted the same request, `changed` when the head is not as
    it was considered, or `replaced` when another update of it came first; then `head_url` names the new head. `lost`: the request's bytes
    are being removed from the object store, because they lay there before and nobody wanted them. `insurer` is the tenant's
    default payer, `created_url` the tenant's name of an extension (`domain.terms`).
    """

    command: SubmitClaim
    considered: Considered
    documents: Mapping[str, Document]
    public_base: str
    insurer: str = ""
    created_url: str = CREATED_AT_URL
    opened: Opened | None = None
    versions: Mapping[str, StoredResource] = field(default_factory=dict)

    def touches(self, tenant: str, client: str) -> Iterable[Ref]:
        """The aggregates to load ahead."""
        yield Ref(SUBMISSIONS, tenant, self.considered.submission_id)
        if self.considered.prior is not None:
            yield Ref(CLAIM_AUTHORIZATIONS, tenant, self.considered.prior.id)
        for key in dict.fromkeys(wanted_keys(self._accepted(client))):
            yield Ref(RESOURCES, tenant, key)

    async def __call__(self, context: Context) -> dict[str, Any]:
        prior = self.considered.prior
        if await context.work.get(SUBMISSIONS, context.tenant, self.considered.submission_id) is not None:
            return {"state": "known"}
        if prior is not None:
            current = await context.work.get(CLAIM_AUTHORIZATIONS, context.tenant, prior.id)
            if current != prior:
                replaced = current is None or current.head != prior.head
                return {"state": "replaced" if replaced else "changed", "head_url": current.head_url if current else ""}
        opening = await self._opening(context)
        submission = self._submission(opening, context)
        if not await keep_accepted(context, self.command.base, OPERATION, self.command, submission.id):
            return {"state": "lost"}
        if prior is not None:
            context.work.unschedule(timer_key(prior.head))
        persist(submission, opening, context, cancels=self._cancels())
        if self.documents:
            context.work.publish(KeepDocuments(document_ids=tuple(one.id for one in self.documents.values())))
        self.versions = opening.versions
        validated, raw = self.considered.validated, self.considered.raw
        self.opened = Opened(submission, opening.authorization, validated.bundle, raw, validated.links, self.created_url)
        return {"state": "opened"}

    def _accepted(self, client: str) -> Accepted:
        considered = self.considered
        return Accepted(
            validated=considered.validated,
            base=considered.base,
            client=client,
            submission_id=considered.submission_id,
            public_base=self.public_base,
            prior=considered.prior,
            documents=self.documents,
        )

    @property
    def _claim(self) -> Resource:
        found: Resource = self.considered.validated.bundle["entry"][0]["resource"]
        return found

    async def _carried(self, context: Context) -> Resource:
        """What the stored Claim of the head hands on."""
        prior, head = self.considered.prior, self.considered.head
        if prior is None or head is None:
            return {}
        submission = await context.work.get(SUBMISSIONS, context.tenant, prior.head)
        before = None if submission is None else await context.work.get(RESOURCES, context.tenant, submission.keys[0])
        return {} if before is None else carried(self._claim, head.claim, parse(before.content))

    async def _opening(self, context: Context) -> Opening:
        accepted = replace(self._accepted(context.envelope.client), carried=await self._carried(context))
        return await opening_of(accepted, context)

    def _cancels(self) -> bool:
        """Whether the update leaves nothing to decide and nothing granted."""
        if self.considered.head is None:
            return False
        planned = plan(self._claim, self.considered.head)
        return not planned.asked and planned.error is None and all(item.action == "C" for item in planned.kept)

    def _disagreements(self) -> Iterator[Issue]:
        entries = self.considered.validated.bundle["entry"]
        contents = [(entry["resource"], f"/entry/{position}/resource") for position, entry in enumerate(entries)]
        return disagreements(contents if self.documents else (), self.documents)

    def _submission(self, opening: Opening, context: Context) -> Submission:
        considered = self.considered
        return Submission(
            id=considered.submission_id,
            opened_by=context.envelope.id.partition("/")[0],
            undecided=True,
            authorization_id=opening.authorization.id,
            client=context.envelope.client,
            base=self.command.base,
            claim_id=opening.claim.id,
            claim_version=opening.claim.version_id,
            claim_response_id=opening.response_id,
            previous=considered.prior.head if considered.prior else None,
            updates=considered.updates,
            identifiers=self.command.identifiers,
            insurer=self.insurer,
            keys=opening.keys,
            kept=dump(left_out(self._claim, considered.head.claim)) if considered.head else b"{}",
            warnings=tuple(f"{issue.rule} {issue.expression}" for issue in (*considered.warnings, *self._disagreements())),
            answer=answer_json(PayerAnswer()),
            created_at=context.now,
        )
