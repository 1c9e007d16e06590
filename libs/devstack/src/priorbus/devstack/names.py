"""Names that nothing else has."""

import secrets


def unique_name(prefix: str) -> str:
    """A fresh name that RabbitMQ, MongoDB, S3 and the file system all accept once `prefix` does."""
    return f"{prefix}{secrets.token_hex(5)}"
