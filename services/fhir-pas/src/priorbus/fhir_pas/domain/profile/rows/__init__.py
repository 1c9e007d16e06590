"""Element rows of the PAS profiles, one module per profile (profiles document, sections 2 to 10)."""
