"""How the store and the relay are doing."""

from prometheus_client import Counter, Gauge, Histogram

group_seconds = Histogram(
    "priorbus_group_seconds", "Time to handle and commit one group, once", buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)
)
group_conflicts = Counter("priorbus_group_conflicts", "Groups that were run again because somebody else was faster or a message came twice")
relay_lag_seconds = Gauge("priorbus_relay_lag_seconds", "Age of the newest row that the broker has, when it was confirmed", ("collection",))
