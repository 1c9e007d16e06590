"""Public events: their CloudEvents form and the log they are dispatched from (Conventions 10, 12, 13)."""
