"""What the requirements service counts beside its messages. Labels are kinds only."""

from typing import get_args

from prometheus_client import Counter

from priorbus.contracts.commands.requirements import Evidence

LATE_EVIDENCE = Counter(
    "priorbus_late_payer_evidence",
    "Payer evidence after the end of its case: alert on any, somebody must look; now and then one is counted twice",
    ["kind"],
)
"""authorizations.md 4.3. A group that is run again counts again, so the timeline has the exact number."""

for _kind in get_args(Evidence.model_fields["kind"].annotation):
    # an alert on an increase needs a zero to start from
    LATE_EVIDENCE.labels(_kind)
