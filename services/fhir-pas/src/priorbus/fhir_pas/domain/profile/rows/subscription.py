"""http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-subscription (2.2.1 only)."""

from priorbus.fhir_pas.domain.profile.row import ONLY_2_2, Row

ROWS = (
    Row("criteria", "1..1", pattern="http://hl7.org/fhir/us/davinci-pas/SubscriptionTopic/PASSubscriptionTopic", releases=ONLY_2_2),
    Row(
        "criteria.extension:filterCriteria",
        "0..*",
        url="http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria",
        releases=ONLY_2_2,
    ),
    Row(
        "channel.extension:heartbeatPeriod",
        "0..1",
        url="http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-heartbeat-period",
        releases=ONLY_2_2,
    ),
    Row(
        "channel.extension:timeout",
        "0..1",
        url="http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-timeout",
        releases=ONLY_2_2,
    ),
    Row(
        "channel.extension:maxCount",
        "0..1",
        url="http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-max-count",
        releases=ONLY_2_2,
    ),
    Row("channel.type", "1..1", pattern="rest-hook", releases=ONLY_2_2),
    Row(
        "channel.type.extension:customChannelType",
        "0..1",
        url="http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-channel-type",
        releases=ONLY_2_2,
    ),
    Row("channel.endpoint", "1..1", releases=ONLY_2_2),
    Row("channel.payload", "1..1", releases=ONLY_2_2),
    Row("channel.payload.extension", "1..*", releases=ONLY_2_2),
    Row(
        "channel.payload.extension:content",
        "1..1",
        url="http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content",
        releases=ONLY_2_2,
    ),
    Row("channel.payload.extension:content.extension", "0..0", releases=ONLY_2_2),
    Row("channel.payload.extension:content.value[x]", "0..1", types=("code",), releases=ONLY_2_2),
    Row("channel.payload.extension:content.value[x]:valueCode", "0..1", pattern="full-resource", types=("code",), releases=ONLY_2_2),
)
