"""What the fhir-pas service counts beside its messages (fhir-pas.md 26). Labels are wire types, bases, rules and codes of the server's own.

A message that is tried again may be counted again.
"""

from prometheus_client import Counter, Histogram

GIVEN_UP = Counter(
    "priorbus_fhir_pas_given_up",
    "Messages whose last delivery failed and was answered with a failure of the case, or by asking the payer later: alert on any",
    ["type"],
)
REQUESTS = Counter("priorbus_fhir_pas_requests", "FHIR operations answered", ["base", "operation", "status"])
ISSUES = Counter("priorbus_fhir_pas_validation_issues", "Rules that requests were refused for", ["rule"])
WARNINGS = Counter("priorbus_fhir_pas_validation_warnings", "Warnings on accepted requests", ["base"])
DECISION_SECONDS = Histogram(
    "priorbus_fhir_pas_decision_seconds",
    "From a request to its first answer",
    ["within_budget"],
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15),
)
ACTIONS = Counter("priorbus_fhir_pas_review_actions", "Items by review action, each time one is told", ["action"])
PEND_SECONDS = Histogram(
    "priorbus_fhir_pas_pend_seconds",
    "How long items were pended; those told A4 less those counted here are open",
    buckets=(1, 10, 60, 600, 3600, 6 * 3600, 86400, 3 * 86400, 7 * 86400, 30 * 86400),
)
ATTACHMENTS = Counter("priorbus_fhir_pas_attachments", "Attachments accepted, held and associated", ["kind"])
