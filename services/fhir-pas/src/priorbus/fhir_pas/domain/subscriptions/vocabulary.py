"""Canonical URLs of the subscriptions backport for R4 (profiles document, section 11)."""

from typing import Final, Literal

from priorbus.fhir_pas.domain.bases import Release

BACKPORT: Final = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
FILTER: Final = BACKPORT + "backport-filter-criteria"
CONTENT: Final = BACKPORT + "backport-payload-content"
CHANNEL_TYPE: Final = BACKPORT + "backport-channel-type"
HEARTBEAT: Final = BACKPORT + "backport-heartbeat-period"
TIMEOUT: Final = BACKPORT + "backport-timeout"
STATUS_PROFILE: Final = BACKPORT + "backport-subscription-status-r4"
NOTIFICATION_PROFILE: Final = BACKPORT + "backport-subscription-notification-r4"
TOPIC: Final = "http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic"

Content = Literal["empty", "id-only", "full-resource"]
LEVELS: Final[tuple[Content, ...]] = ("empty", "id-only", "full-resource")
"""From the least to the most."""
CONTENTS: Final[dict[Release, tuple[Content, ...]]] = {
    "seed": ("full-resource", "id-only"),
    "2.2": ("full-resource",),
    "2.0": ("id-only", "full-resource"),
}
"""What a Subscription on each base may ask for (fhir-pas.md 3)."""
