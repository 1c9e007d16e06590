"""Where the aggregates of this service live."""

from typing import Final

from priorbus.fhir_pas.domain.attachments.submission import AttachmentSubmission
from priorbus.fhir_pas.domain.exchange import Exchange
from priorbus.fhir_pas.domain.remote.endpoint import PayerEndpoint, endpoint_key
from priorbus.fhir_pas.domain.request_objects import RequestObject
from priorbus.fhir_pas.domain.resources import StoredResource, resource_key, version_key
from priorbus.fhir_pas.domain.submissions import ClaimAuthorization, RawRequest, Submission
from priorbus.fhir_pas.domain.tenant_settings import TenantSettings, settings_key
from priorbus.runtime.work import Collection, Index

EXCHANGES: Final = Collection(
    "exchanges",
    Exchange,
    lambda exchange: exchange.id,
    indexes=(Index("names", (("tenant", 1), ("names", 1))), Index("retention", (("of_use_until", 1),))),
)
"""Payer exchanges about REST-born authorizations."""

RESOURCES: Final = Collection(
    "resources",
    StoredResource,
    resource_key,
    indexes=(
        Index("identifiers", (("tenant", 1), ("type", 1), ("identifiers", 1))),
        Index("terms", (("tenant", 1), ("type", 1), ("terms", 1), ("last_updated", -1))),
        Index("newest", (("tenant", 1), ("type", 1), ("last_updated", -1))),
    ),
)
"""The current version of every FHIR resource, by `Type/id`."""

RESOURCE_HISTORY: Final = Collection("resource_history", StoredResource, version_key)
"""Every older version, by `Type/id/version`."""

SUBMISSIONS: Final = Collection(
    "submissions",
    Submission,
    lambda submission: submission.id,
    indexes=(
        Index("by_claim", (("tenant", 1), ("claim_id", 1), ("created_at", -1))),
        Index("by_claim_response", (("tenant", 1), ("claim_response_id", 1))),
        Index("by_resource", (("tenant", 1), ("keys", 1))),
        Index("undecided", (("created_at", 1),), partial={"undecided": True}),
    ),
    remembered=200,
)

RAW_REQUESTS: Final = Collection(
    "raw_requests",
    RawRequest,
    lambda request: request.id,
    indexes=(
        Index("expiry", (("expires_at", 1),), expire_after=0),
        Index("claims", (("tenant", 1), ("claim", 1)), partial={"claim": {"$type": "string"}}),
    ),
)
"""Requests as they came (fhir-pas.md 17)."""

REQUEST_OBJECTS: Final = Collection(
    "request_objects", RequestObject, lambda object_: object_.key, indexes=(Index("gone", (("gone_at", 1),), expire_after=86_400),)
)
"""Who wants the large bodies in the object store."""

PAYER_ENDPOINTS: Final = Collection("payer_endpoints", PayerEndpoint, endpoint_key)
"""The remote endpoint of each tenant that has one."""

ATTACHMENT_SUBMISSIONS: Final = Collection(
    "attachment_submissions",
    AttachmentSubmission,
    lambda submission: submission.id,
    indexes=(
        Index("held", (("tenant", 1), ("tracking", 1)), partial={"status": "held"}),
        Index("expiry_of_accepted", (("expires_at", 1),), expire_after=0, partial={"status": "accepted"}),
        Index("held_until", (("expires_at", 1),), partial={"status": "held"}),
    ),
    retired=("expiry",),
)
"""What came by `$submit-attachment`: answered again when it comes again, and held when nothing fits yet."""

CLAIM_AUTHORIZATIONS: Final = Collection(
    "authorizations",
    ClaimAuthorization,
    lambda authorization: authorization.id,
    indexes=(
        Index("keys", (("tenant", 1), ("keys", 1), ("updated_at", -1))),
        Index("retention", (("of_use_until", 1),)),
        Index("pended", (("created_at", 1),), partial={"items.action": "A4"}),
    ),
    remembered=200,
)
"""Chains of submissions with their head."""

TENANT_SETTINGS: Final = Collection("tenant_settings", TenantSettings, settings_key)
"""What tenants have set for themselves."""

ALL: Final = (
    EXCHANGES,
    RESOURCES,
    RESOURCE_HISTORY,
    SUBMISSIONS,
    RAW_REQUESTS,
    REQUEST_OBJECTS,
    CLAIM_AUTHORIZATIONS,
    ATTACHMENT_SUBMISSIONS,
    PAYER_ENDPOINTS,
    TENANT_SETTINGS,
)
