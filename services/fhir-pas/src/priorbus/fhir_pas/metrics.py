"""What the fhir-pas service counts beside its messages. Labels are wire types only."""

from prometheus_client import Counter

GIVEN_UP = Counter(
    "priorbus_fhir_pas_given_up",
    "Messages whose last delivery failed and was answered with a failure of the case, or by asking the payer later: alert on any",
    ["type"],
)
