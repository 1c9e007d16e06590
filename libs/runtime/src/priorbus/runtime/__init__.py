"""How a Priorbus service runs: bus, database, object store, settings, logs, metrics and health. Knows no domain word."""
