"""The gateway: HTTP in, commands out, projections for reads, public events."""
