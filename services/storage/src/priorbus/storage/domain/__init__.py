"""The rules for uploaded files (authorizations.md 8): pure, without store, clock or log."""
