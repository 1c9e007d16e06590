"""The life of an authorization as pure decisions, one module per message (authorizations.md section 4)."""
