"""Where the aggregates of this service live."""

from typing import Final

from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.resources import StoredResource, resource_key, version_key
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, Submission
from priorbus.runtime.work import Collection, Index

EXCHANGES: Final = Collection("exchanges", Exchange, lambda exchange: exchange.id)
"""Payer exchanges about REST-born authorizations."""

RESOURCES: Final = Collection(
    "resources",
    StoredResource,
    resource_key,
    indexes=(
        Index("identifiers", (("tenant", 1), ("type", 1), ("identifiers", 1))),
        Index("newest", (("tenant", 1), ("type", 1), ("last_updated", -1))),
    ),
)
"""The current version of every FHIR resource, by `Type/id`."""

RESOURCE_HISTORY: Final = Collection("resource_history", StoredResource, version_key)
"""Every older version, by `Type/id/version`."""

SUBMISSIONS: Final = Collection("submissions", Submission, lambda submission: submission.id)

CLAIM_AUTHORIZATIONS: Final = Collection("authorizations", ClaimAuthorization, lambda authorization: authorization.id)
"""Chains of submissions with their head."""

ALL: Final = (EXCHANGES, RESOURCES, RESOURCE_HISTORY, SUBMISSIONS, CLAIM_AUTHORIZATIONS)
