"""What the requirements service counts beside its messages. Labels are kinds only."""

from prometheus_client import Counter

LATE_EVIDENCE = Counter(
    "priorbus_late_payer_evidence",
    "Payer evidence after the end of its case: alert on any, somebody must look; now and then one is counted twice",
    ["kind"],
)
"""authorizations.md 4.3. A group that is run again counts again, so the timeline has the exact number."""
