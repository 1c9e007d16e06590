"""From facts to read models: one transaction per group of facts (Conventions 10.4)."""
