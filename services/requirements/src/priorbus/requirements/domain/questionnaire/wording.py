"""Messages of the engine; none of them repeats an answer."""


def missing_message(text: str) -> str:
    """What a client is told about a required item without an answer."""
    return f"Answer required: {text}"
