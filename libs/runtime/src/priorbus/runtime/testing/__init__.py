"""In-memory doubles of bus, store and object store; each passes the contract tests of its real adapter."""
