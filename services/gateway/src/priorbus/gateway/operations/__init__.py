"""Commands on their way to the owners: sent and awaited, or kept as durable operations (Conventions 1.4, 5, 7)."""
